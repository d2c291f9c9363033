"""Names of columns in many languages, composed of words such as customer and number."""

from collections.abc import Callable
from typing import NamedTuple

from purchase_files.vocabulary import abbreviations

_STEMS = {
    "user_id": """
        customer client member retailer buyer purchaser kunde kunden kaufers debitor debitoren kd kunder kaufer
        besteller cliente clienti comprador acheteur acquirente consumidor klant debiteur koper klient klienta
        klienti kontrahent nabywca kupujacy kupujacego kund kundens asiakas asiakkaan ostaja musteri uye kullanici
        alici zakaznik zakaznika odberatel odberatele клиент клиента покупатель покупателя пользователь пользователя
        контрагент заказчик 顧客 会員 お客様 購入者 注文者 ユーザー ユーザ 客户 用户 会员 顾客 买家 客戶 會員 用戶
        買家 utilisateur vevo ugyfel vasarlo megrendelo felhasznalo 고객 회원 구매자 주문자 cumparator ลูกค้า สมาชิก
        pelanggan pembeli konsumen клієнт клієнта покупець покупця πελάτη πελάτης khachhang nguoimua العميل الزبون
        nutzername
        nutzernamekaufers usuario utente nutzer benutzer mitglied gebruiker uzytkownik uzytkownika bruker bruger
        anvandare kayttaja uzivatel uzivatele auftraggeber auftraggebers
        """,
    "order_id": """
        order orders bestellung bestell auftrag auftrags beleg bon kassenbon rechnung rechnungs vorgang
        transaktion transaktions commande ticket facture panier pedido orden venta factura boleta compra ordine
        fattura scontrino vendita transazione venda bestelling bestel factuur kassabon zamowienie zamowienia
        paragon paragonu faktura faktury ordre bestilling bestillings bestallning bestallnings kvitto faktura
        kvittering kvitterings tilaus tilauksen kuitti kuitin lasku laskun siparis fatura fis islem sepet
        objednavka objednavky uctenka uctenky doklad dokladu заказ заказа чек чека накладная накладной transakcja
        rendeles megrendeles szamla bizonylat 주문 comanda comenzii คำสั่งซื้อ ใบเสร็จ pesanan
        invoice receipt bill transaksi faktur penjualan nota struk kuitansi pembelian pemesanan
        замовлення рахунку παραγγελίας τιμολογίου απόδειξης donhang hoadon الطلب الفاتورة
        transakcji transaccion transacao transakce транзакция транзакции transaksjon tapahtuma 注文 受注
        オーダー 伝票 レシート 取引 订单 主订单 交易 小票 訂單 發票 发票
        """,
    "product_id": """
        artikel article produkt produkts produit producto prodotto produto articulo articolo item product vare
        tuote tuotteen urun stok malzeme zbozi produktu towar towaru товар товара продукт продукта 商品 製品
        cikk termek 상품 제품 produs produsului สินค้า produk barang obat
        товару προϊόντος είδους sanpham hanghoa المنتج الصنف
        アイテム 作品 产品 產品 货品 貨品 宝贝 物料 material waren sku
        """,
}
_IDS = """
    id nr nummer number no num numero nro n numer cislo code codigo cod codice kod kode kodu kodi koodi numerot
    numero numarasi numara nro tunnus ref reference referencia riferimento referentie symbol indeks номер код ид
    azonosito azonositoja szam szama kodja 번호 코드 아이디 numar รหัส เลขที่ หมายเลข
    κωδικός αριθμός ma kd رقم رمز كود nomor
    番号 コード no 管理番号 编号 编码 代码 号 号码 編號 編碼 代號 號碼 號 貨號 货号 昵称 会员名 會員名
    """
_BARE = {
    "user_id": """
        контрагент заказчик custaccountid soldtoorgid auftraggeber
        | cpf cnpj cpfcnpj cnpjcpf dni nif rut codicefiscale kunde klant klient kund asiakas musteri zakaznik
        vevo ugyfel vasarlo 고객 회원 구매자 ลูกค้า клиент покупатель 顧客 会員 客户 用户 会员 买家 客戶 會員
        買家 comprador acheteur kaufer acquirente
        koper kupujacy pelanggan pembeli konsumen πελάτης клієнт покупець العميل الزبون khachhang nguoimua cumparator
        | epost eposta email emailadresse emailadres emailadress emailadresi courriel adressemail
        sahkoposti sahkopostiosoite correoelectronico indirizzoemail почта электроннаяпочта メールアドレス 邮箱
        电子邮箱 電子郵件 信箱 | telefon telefono telefone telefoon telefonnummer телефон 電話番号 手机号
        手机号码 電話 会员卡号
        """,
    "order_id": """
        pedido orden commande ordine bestelling zamowienie ordre bestallning tilaus siparis objednavka заказ
        rendeles 주문 주문번호 comanda 注文 订单 訂單 παραγγελία замовлення الطلب donhang
        คำสั่งซื้อ | verkaufsbeleg beleg ticket facture factura fattura venda venta
        boleta scontrino paragon faktura
        kvitto kvittering kuitti fatura uctenka doklad чек 流水号 单号 notafiscal numeronota cupomfiscal
        """,
    "product_id": """
        ordereditem inventoryitemcode 노출상품id артикул артикултовара артикулпродавца 品番 型番 货号 貨號 商家编码
        ugs varenr varenummer artnr artno | | | codigobarras codigodebarras codebarres codebarre codiceabarre
        codicebarre strichcode streepjescode streckkod stregkode strekkode viivakoodi kodkreskowy carovykod barkod
        штрихкод janコード jan 条码 条形码 條碼 商品條碼 商品条码 katalogovecislo publicacion numeroferty | codigo
        codice kod referencia reference symbol indeks code
        """,
    "title": """
        | 作品名 등록상품명 offertitle nazwaoferty titulopublicacion titre titreproduit titel titulo titolo tytul tittel
        otsikko nomproduit nomarticle libelle libellearticle libelleproduit intitule designation designationproduit
        designationarticle nombreproducto nombrearticulo tituloproducto descripcionproducto descripcionarticulo
        nomeprodotto nomearticolo titoloprodotto descrizioneprodotto descrizionearticolo nomeproduto nomeitem
        tituloproduto descricaoproduto descricaoitem productnaam artikelnaam artikelomschrijving productomschrijving
        producttitel artikeltitel produkttitel produktbezeichnung warenbezeichnung artikelbez nazwaproduktu
        nazwatowaru nazwaprzedmiotu tytuloferty produktnamn artikelnamn benamning artikelbenamning produktnavn
        varenavn varetekst tuotenimi tuotteennimi nimike urunadi urunismi stokadi malzemeadi urunbasligi
        nazevproduktu nazevzbozi nazevpolozky megnevezes termeknev termekneve termekmegnevezes cikknev
        cikkmegnevezes 상품명 제품명 denumire denumireprodus numeprodus ชื่อสินค้า รายการสินค้า namaproduk
        namabarang namaitem namaobat namamenu назватовару найменування найменуваннятовару περιγραφή περιγραφήπροϊόντος
        περιγραφήείδους
        όνομαπροϊόντος tensanpham tenhang اسمالمنتج وصفالمنتج названиетовара наименованиетовара наименование
        номенклатура 品名 商品タイトル 製品名 アイテム名 商品标题 宝贝标题 产品名称 货品名称 商品名稱 產品名稱 品項
        品项 | produit article articulo articolo prodotto producto artikel produkt товар produto vare tuote urun
        zbozi polozka towar termek 상품 produs produk barang สินค้า продукт προϊόν είδος المنتج sanpham 商品 产品 產品
        宝贝
        product | название 名称 名稱 nombre nome nom naam navn namn nimi nazwa nazev nama descricao omschrijving
        bezeichnung benennung
        """,
    "purchased_at": """
        ordereddate createdate dateplaced placedat placedon olusturulmatarihi waktupesanandibuat orderplacedat
        zeitstempel zeitpunkt horodatage fechahora datahora dataora datumtijd datahodina aikaleima tarihsaat
        датавремя 주문일시 결제일시 วันที่สั่งซื้อ วันที่ขาย tanggalpesanan 日時 日期時間 kaufzeitpunkt
        bestellzeitpunkt | ημερομηνία ngay ngaymua ngaytaodon ngaydathang ngayban التاريخ تاريخالطلب تاريخالشراء
        datumido idopont 일자 날짜 วันที่ tanggal paivamaara pvm paivays dato tarih tgl дата 年月日 日期 日付 | erstelltam
        bestelltam gekauftam creele commandele achetele creadoel creatoil criadoem aangemaaktop utworzono skapad
        skapades oprettet opprettet luotu olusturmatarihi vytvoreno создан datecreation fechacreacion datacreazione
        datacriacao datautworzenia datumvytvoreni датасоздания 创建时间 建立時間 作成日時 | datepaiement fechapago
        datapagamento датаоплаты 付款时间 支付时间 订单付款时间 付款時間 決済日 決済日時 入金日
        """,
    "quantity": """
        unidadesvendidas ventaunidades
        구매수 구매수수량 кількість ποσότητα τεμάχια soluong الكمية mennyiseg darab darabszam db 수량 구매수량
        cantitate จำนวน jumlah kuantitas orderedquantity auftragsmenge stuckzahl stueckzahl bestellmenge
        verkaufsmenge qtecommandee quantitecommandee quantitevendue unidades uds ctd cantidadpedida cantidadvendida
        qtaordinata quantitaordinata pezzi qtde quant quantidadevendida hoeveelheid stuks bestelaantal iloscsztuk
        sztuk szt liczba liczbasztuk antal kvantitet maengde antall mengde maara kpl kappalemaara lukumaara
        tilattumaara adet miktar mnozstvi pocet pocetkusu ks колвотовара количествотовара количествошт штук 個数
        購入数 購入数量 注文数 注文数量 注文個数 点数 販売数 販売数量 件数 购买数量 购买件数 商品数量 宝贝数量
        销售数量 數量 銷售數量 訂購數量 購買數量
        """,
    "price": """
        unitsellingprice | netprice grossprice preciounitarioventapublicacion ціна τιμή τιμήμονάδας dongia giaban
        السعر سعرالوحدة egysegar bruttoegysegar nettoegysegar eladasiar bruttoar nettoar ar 단가 판매가 가격
        pretunitar pret ราคา ราคาต่อหน่วย harga hargasatuan prixttc prixht prixvente puttc puht prixunitairettc
        prixunitaireht prixdevente precioventa preciounidad pvp precioporunidad prezzovendita prezzounit precovenda
        vlrunitario vlunitario valorunit prijsperstuk eenheidsprijs verkoopprijs vkpreis verkaufspreis preisprostuck
        preisprostueck stueckpreis cenajednostkowa cenasprzedazy cenazasztuke pris styckpris apris enhetspris
        stykpris enhedspris stykkpris hinta yksikkohinta kappalehinta ahinta myyntihinta fiyat birimfiyat
        birimfiyati satisfiyati jednotkovacena cenazakus ценазаединицу ценазаштуку 価格 販売価格 商品価格 商品単価
        売価 税込価格 verkauftfur 售价 商品单价 商品价格 销售单价 成交价 單價 價格 售價
        """,
    "line_total": """
        | purchaseamount 결제액 nettowert osszesen osszeg bruttoertek nettoertek 금액 결제금액 valoare ยอดรวม
        จำนวนเงิน totalharga totalbayar totalpenjualan thanhtien tongtien gesamtbetrag zeilensumme positionssumme
        totalligne prixtotal montantligne importetotal
        preciototal prezzototale totaleriga valortotal precototal totaalprijs regeltotaal wartosc kwota belopp
        radsumma belob linjetotal belop rivisumma tutar toplamtutar castka cenacelkem сумма стоимость 金額 小計
        売上金額 金额 小计 销售额 銷售額
        """,
    "currency": "wahrg monnaie divisa waluta mena parabirimi 币种 幣別 貨幣 货币 valuta valuutta",
    "status": """
        flowstatuscode | statutcommande etatcommande estadopedido estadoorden estatuspedido statoordine statuspedido
        situacaopedido statusbestellung bestelstatus statuszamowienia ordrestatus tilauksentila siparisdurumu
        stavobjednavky статусзаказа 注文ステータス 注文状況 ステータス 订单状态 交易状态 支付状态 訂單狀態
        付款狀態
        """,
    "time_zone": "zeitzone fuseauhoraire zonahoraria fusoorario fusohorario tijdzone часовойпояс 时区 時區",
    "time_of_day": """
        heure hora ora tijd godzina 時刻 время czas jam
        horapedido horaventa horacompra horavenda heurecommande heureachat oraordine bestellzeit besteltijd
        kellonaika klokkeslett klokkeslaet klockslag saat cas времязаказа 時間 时间 時刻 注文時刻
        """,
    "category": """
        famille rubrique familia departamento seccion famigliaprodotto productgroep artikelgroep artikelgruppe
        kategori varegruppe produktgrupp tuoteryhma tuoteluokka urunkategorisi kategorieproduktu категориятовара
        группатоваров 商品カテゴリ カテゴリー ジャンル 商品分類 商品类目 商品分类 品类 類別 分類 商品類別
        """,
    "voided": """
        annulering annulation cancelacion stornierung retour retoure ruckgabe erstattet rembourse devuelto
        reembolsado devolvido rimborsato cancellato geannuleerd geretourneerd zwrot anulowane iptal iade zruseno
        peruttu annulleret annullert makulerad возврат отменен скасовано 是否退款 是否取消 返品 キャンセル 취소
        """,
    "brand": "merek varumarke maerke tuotemerkki znacka vyrobce producent fabrikant производитель メーカー ブランド名",
}


PRODUCT_WORDS = frozenset(
    (
        "produit", "produkt", "producto", "prodotto", "produto", "product", "artikel", "article", "articulo",
        "articolo", "item", "vare", "tuote", "urun", "zbozi", "towar", "товар", "продукт", "商品", "产品", "產品",
        "termek", "produs", "produk", "barang", "προϊόν", "είδος", "المنتج", "상품", "สินค้า", "sanpham",
    )
)  # fmt: skip
"""Names of columns with ids of products if another column has the titles, else with titles."""

BARE_NAMES = frozenset(
    (
        "name", "nombre", "nome", "nom", "naam", "navn", "namn", "nimi", "nazwa", "nazev", "nama", "название", "名称",
        "名稱",
    )
)  # fmt: skip
"""Names of columns that are titles of products, unless persons are named beside."""

BIRTHS = frozenset(
    (
        "birthday", "birthdate", "dateofbirth", "dob", "birth", "birthyear", "yearofbirth", "geburtstag",
        "geburtsdatum", "datedenaissance", "naissance", "fechadenacimiento", "datadinascita", "datadenascimento",
        "geboortedatum", "dataurodzenia", "syntymaaika", "生年月日",
    )
)  # fmt: skip
"""Names of columns with the birthdays of persons."""

FAMILY_NAMES = frozenset(
    (
        "lastname", "surname", "familyname", "firstname", "nachname", "vorname", "familienname", "prenom",
        "nomdefamille", "apellido", "apellidos", "cognome", "sobrenome", "achternaam",
        "voornaam", "efternamn", "fornamn", "efternavn",
        "fornavn", "etternavn", "sukunimi", "etunimi", "nazwisko", "imie", "prijmeni", "jmeno", "soyad", "soyadi", "ad",
        "фамилия", "имя", "姓", "名",
    )
)  # fmt: skip
_DATES = """
    datetime dateandtime tanggal tgl waktu ngay
    ημερομηνία datum datuma idopontja 일 일자 일시 날짜 date data fecha dato pvm paiva paivamaara tarihi tarih дата 日
    日時 日付 日期 时间 時間 创建时间
    成立日期
    """
_BOUGHT = """
    purchase purchased bought sold dat mua ban
    vasarlas eladas kiallitas teljesites 구매 결제 판매 achizitiei vanzarii
    kauf verkaufs verkauf buchungs achat vente acquisto acquisizione compra venta venda vendita emissao
    faturamento aankoop verkoop sprzedazy zakupu zlozenia zlozeniazamowienia wystawienia kop kobs kjops salgs
    forsaljnings osto myynti satis satinalma nakupu prodeje vystaveni покупки продажи оформления 購入 売上 販売
    下单 購買 购买 成交 销售 銷售 下單 訂購 transaction transactie
    """
_COUNTS = (
    "cantidad quantidade quantite qte quantita menge anzahl aantal ilosc antal mnozstvi adet количество 数量 jumlah "
    "soluong"
)
_PRICES = "precio preco valor prix prezzo preis prijs cena pris hinta fiyat harga gia цена 价格 単価 单价"
_MAILS = """
    emailadres emailadress correoelectronico indirizzoemail emailcim email mail emailadresse epost eposta correo
    courriel почта メールアドレス 邮箱 sahkoposti
    """

_PERSONS = """
    name nama ten nom nombre nome naam navn namn nimi nazwa nev neve nume jmeno имя όνομα اسم 氏名 名前 姓名 名称 名稱
    이름 성명 ชื่อ
    """


class Composition(NamedTuple):
    """Names composed of a stem and another word, in either order.

    Attributes:
        field: the field.
        tier: tier of the names, 1 is the best.
        first: position of the first name among all composed ones.
        stems, others: position of each word.
    """

    field: str
    tier: int
    first: int
    stems: dict[str, int]
    others: dict[str, int]

    def position(self, name: str) -> int | None:
        """Position of a name among all composed ones, None for others."""
        found = []
        for length in range(1, len(name)):
            head, tail = name[:length], name[length:]
            for swapped, (stem, other) in enumerate([(head, tail), (tail, head)]):
                if stem in self.stems and other in self.others:
                    pair = self.stems[stem] * len(self.others) + self.others[other]
                    found.append(self.first + 2 * pair + swapped)
        return min(found, default=None)


def bare_names(plain: Callable[[str], str]) -> list[tuple[str, int, str]]:
    """Names of one word: field, tier (1 is the best) and name of each."""
    return [
        (field, tier, word)
        for field, names in (*_BARE.items(), *abbreviations.BARE.items())
        for tier, listed in enumerate(names.split("|"), start=1)
        for word in _positions(listed, plain)
    ]


def compositions(plain: Callable[[str], str], first: int) -> list[Composition]:
    """All compositions. `first` is the position of the first name."""
    pairs = [(field, 2 if field == "user_id" else 1, stems, _IDS) for field, stems in _STEMS.items()]
    pairs.append(("purchased_at", 1, _STEMS["order_id"] + _BOUGHT, _DATES))
    pairs += [("user_id", 3, _STEMS["user_id"], _MAILS), ("user_id", 5, _STEMS["user_id"], _PERSONS)]
    pairs += [("quantity", 1, _STEMS["product_id"], _COUNTS), ("price", 2, _STEMS["product_id"], _PRICES)]
    pairs += abbreviations.COMPOSED
    found = []
    for field, tier, stems, others in pairs:
        found.append(Composition(field, tier, first, _positions(stems, plain), _positions(others, plain)))
        first += 2 * len(found[-1].stems) * len(found[-1].others)
    return found


def _positions(words: str, plain: Callable[[str], str]) -> dict[str, int]:
    """Position of each distinct word."""
    return {word: place for place, word in enumerate(dict.fromkeys(map(plain, words.split())))}
