"""Headers of real exports in many languages, and what each column is taken for."""

from pathlib import Path

import pytest

from purchase_files import ReadingOptions
from purchase_files.columns.selection import select_tables
from purchase_files.formats.containers import Input
from purchase_files.formats.opening import open_sources
from purchase_files.vocabulary.names import ranks_of

# Columns by field, in this order: user_id, order_id, product_id, title, purchased_at, quantity, price.
FIELDS = ("user_id", "order_id", "product_id", "title", "purchased_at", "quantity", "price")
VALUES = {
    "user_id": "U1",
    "product_id": "P1",
    "title": "Red mug",
    "purchased_at": "2024-03-01",
    "quantity": "2",
}
EXPORTS = {
    "pt": "Nº do pedido;Data do pedido;CPF;Código do produto;Descrição;Quantidade;Valor unitário -> 2 0 3 4 1 5 6",
    "pt shop": "Número do Pedido;Data;Nome do cliente;E-mail;SKU;Produto;Qtde;Preço unitário;Estado -> 3 0 4 5 1 6 7",
    "pt till": "Código;Produto;Cliente;Data da venda;Qtd -> 2 - 0 1 3 4 -",
    "fr": "N° commande;Date de commande;Client;Produit;titre;Quantité;Prix unitaire TTC -> 2 0 3 4 1 5 6",
    "fr shop": "Date;E-mail client;Référence produit;Nom du produit;Qté;P.U. HT;Montant HT;Nom;Prénom -> 1 - 2 3 0 4 5",
    "es": "Nº de pedido;Fecha y hora;Correo electrónico;Código de artículo;Artículo;Cantidad;Precio (IVA incluido)"
    " -> 2 0 3 4 1 5 6",
    "it": "Ordine n.;Data e ora;Codice cliente;Codice articolo;Descrizione articolo;Q.tà;Prezzo unitario"
    " -> 2 0 3 4 1 5 6",
    "de": "Bestellnummer;Bestelldatum;Kunden-Nr.;Kunde;Artikel-Nr.;Artikel;Anzahl;Stückpreis (EUR);Nachname;Name"
    " -> 2 0 4 5 1 6 7",
    "de books": "Belegnummer;Buchungsdatum;Debitorennr.;Artikelnr.;Beschreibung;Menge;VK-Preis -> 2 0 3 4 1 5 6",
    "de ebay": "Bestellnummer;Nutzername des Käufers;E-Mail des Käufers;Artikelnummer;Angebotstitel;Anzahl;"
    "Verkauft für;Verkaufsdatum -> 2 0 3 4 7 5 6",
    "nl": "Bestelnummer;Besteldatum;Klantnummer;Artikelnummer;Omschrijving;Aantal;Prijs per stuk -> 2 0 3 4 1 5 6",
    "pl": "Numer zamówienia;Data złożenia zamówienia;E-mail klienta;Kod produktu;Nazwa produktu;Ilość;Cena brutto"
    " -> 2 0 3 4 1 5 6",
    "sv": "Ordernummer;Orderdatum;Kundnummer;Artikelnummer;Benämning;Antal;Pris -> 2 0 3 4 1 5 6",
    "da no": "Ordrenr.;Ordredato;Kundenr.;Varenr.;Varenavn;Antall;Pris -> 2 0 3 4 1 5 6",
    "fi": "Tilausnumero;Tilauspvm;Asiakasnumero;Tuotekoodi;Tuotenimi;Määrä;Hinta -> 2 0 3 4 1 5 6",
    "tr": "Sipariş No;Sipariş Tarihi;Müşteri No;Ürün Kodu;Ürün Adı;Adet;Birim Fiyatı -> 2 0 3 4 1 5 6",
    "cs": "Číslo objednávky;Datum objednávky;Zákazník;Kód zboží;Název zboží;Množství;Cena za kus -> 2 0 3 4 1 5 6",
    "ru": "Номер заказа;Дата заказа;Клиент;Артикул;Наименование;Количество;Цена;Сумма -> 2 0 3 4 1 5 6",
    "ru shop": "№ заказа;Дата и время;E-mail покупателя;ID товара;Товар;Кол-во;Цена за единицу -> 2 0 3 4 1 5 6",
    "ja": "注文番号,注文日時,会員ID,商品コード,商品名,個数,単価 -> 2 0 3 4 1 5 6",
    "zh": "订单编号,买家会员名,宝贝标题,商家编码,购买数量,订单创建时间,订单付款时间,价格 -> 1 0 3 2 5 4 7",
    "zh tw": "訂單編號,訂單日期,會員編號,商品貨號,商品名稱,數量,單價 -> 2 0 3 4 1 5 6",
    "zh names": "商品名称,销售数量,单价,销售日期,客户名称 -> 4 - - 0 3 1 2",
    "es money": "Cliente,Fecha,Producto,Venta unidades,Venta $ -> 0 - - 2 1 3 -",
    "zh events": "用户ID,商品ID,商品类目,时间 -> 0 - 1 - 3 - -",
    "hu": "Rendelésszám;Rendelés dátuma;Vevőkód;Cikkszám;Megnevezés;Mennyiség;Bruttó egységár -> 2 0 3 4 1 5 6",
    "ro": "Număr comandă;Data comenzii;Cod client;Cod produs;Denumire produs;Cantitate;Preț unitar -> 2 0 3 4 1 5 6",
    "el": "Αριθμός παραγγελίας;Ημερομηνία;Κωδικός πελάτη;Κωδικός προϊόντος;Περιγραφή;Ποσότητα;Τιμή -> 2 0 3 4 1 5 6",
    "uk": "Номер замовлення;Дата;Код клієнта;Код товару;Назва товару;Кількість;Ціна -> 2 0 3 4 1 5 6",
    "ar": "رقم الطلب,التاريخ,رقم العميل,رمز المنتج,اسم المنتج,الكمية,السعر -> 2 0 3 4 1 5 6",
    "ko": "주문번호,주문일시,회원아이디,상품코드,상품명,수량,판매가 -> 2 0 3 4 1 5 6",
    "th": "หมายเลขคำสั่งซื้อ,วันที่,รหัสลูกค้า,รหัสสินค้า,ชื่อสินค้า,จำนวน,ราคา -> 2 0 3 4 1 5 6",
    "vi": "Mã đơn hàng,Ngày đặt hàng,Mã khách hàng,Mã sản phẩm,Tên sản phẩm,Số lượng,Đơn giá -> 2 0 3 4 1 5 6",
    "id": "No. Pesanan;Waktu Pesanan;ID Pelanggan;Kode Barang;Nama Barang;Jumlah Barang;Harga Satuan -> 2 0 3 4 1 5 6",
    "id till": "tgl_transaksi;no_faktur;kd_barang;nama_barang;jumlah;harga;total_bayar;nama_pelanggan -> 7 1 2 3 0 4 5",
    "vi short": "Ma_DH;Ngay_dat;Ten_KH;Ma_SP;Ten_SP;So_luong;Gia_ban -> 2 0 3 4 1 5 6",
    "el words": "Πελάτης;Προϊόν;Περιγραφή;Ημερομηνία;Ποσότητα;Τιμή -> 0 - 1 2 3 4 5",
    "hu words": "Vevő;Termék;Megnevezés;Dátum;Darab;Egységár -> 0 - 1 2 3 4 5",
    "ko words": "고객,상품,상품명,날짜,수량,단가 -> 0 - 1 2 3 4 5",
    "Gumroad": "Purchase ID,Item Name,Buyer Name,Purchase Email,Purchase Date,Sale Price ($),Quantity"
    " -> 3 0 - 1 4 6 5",
    "Power BI": "Product,Product ID,Order Date,Customer,Customer ID,Order ID,Quantity,Price -> 4 5 1 0 2 6 7",
    "Amazon": "amazon-order-id,purchase-date,order-status,product-name,sku,asin,quantity,currency,item-price"
    " -> - 0 5 3 1 6 8",
    "Amazon merchant": "order-id,order-item-id,purchase-date,payments-date,buyer-email,buyer-name,sku,product-name,"
    "quantity-purchased,currency,item-price -> 4 0 6 7 2 8 10",
    "Etsy": "Sale Date,Item Name,Buyer,Quantity,Price,Item Total,Currency,Transaction ID,Listing ID,Date Paid,"
    "Ship City,Order ID,SKU -> 2 11 12 1 0 3 4",
    "eBay": "Sales Record Number,Order Number,Buyer Username,Buyer Name,Buyer Email,Item Number,Item Title,Quantity,"
    "Sold For,Sale Date,Paid On Date,Transaction ID -> 2 1 5 6 9 7 8",
    "WooCommerce": "Order Number,Order Status,Order Date,First Name (Billing),Last Name (Billing),Email (Billing),SKU,"
    "Item #,Item Name,Quantity (- Refund),Item Cost,Coupon Code -> 5 0 6 8 2 9 10",
    "Shopify": "Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem sku,Billing Name,Vendor,Id -> 1 0 11 9 7 8 10",
    "Odoo": "Order Reference,Customer,Order Date,Order Lines/Product,Order Lines/Quantity,Order Lines/Unit Price"
    " -> 1 0 3 - 2 4 5",
    "Loyverse": "Date,Receipt number,Category,SKU,Item,Quantity,Gross sales,Net sales,Taxes,POS,Store,Cashier name,"
    "Customer name -> 12 1 3 4 0 5 -",
    "SAP": "Sales Document,Created On,Sold-to party,Material,Material description,Order Quantity -> 2 0 3 4 1 5 -",
    "UCI": "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country -> 6 0 1 2 4 3 5",
    "GA4": "event_timestamp,event_name,user_pseudo_id,transaction_id,item_id,item_name,quantity,price -> 2 3 4 5 0 6 7",
    "Maven": "Order Number,Line Item,Order Date,CustomerKey,StoreKey,ProductKey,Quantity,Currency Code"
    " -> 3 0 5 - 2 6 -",
}


def taken_columns(path: Path) -> dict[str, str]:
    """Columns by field, as they are chosen before any row is read."""
    opened = ((path, entry) for entry in open_sources(Input(path, str(path)), path.parent))
    [table], _ = select_tables(opened, ReadingOptions())
    return {field: table.source.columns[index] for field, index in table.fields.items()}


@pytest.mark.parametrize("name", EXPORTS)
def test_columns_of_exports_are_recognized(tmp_path: Path, name: str) -> None:
    header, _, indexes = EXPORTS[name].partition(" -> ")
    columns = header.replace(";", ",").split(",")
    expected = {
        field: columns[int(index)]
        for field, index in zip(FIELDS, indexes.split(), strict=True)
        if index != "-"
    }
    field_of = {column: field for field, column in expected.items()}
    values = [VALUES.get(field_of.get(column, ""), "1") for column in columns]
    values = [
        "purchase" if column == "event_name" else value for column, value in zip(columns, values, strict=True)
    ]
    (tmp_path / "p.csv").write_text(f"{','.join(columns)}\n{','.join(values)}\n")
    taken = taken_columns(tmp_path / "p.csv")
    assert {field: taken[field] for field in FIELDS if field in taken} == expected


@pytest.mark.parametrize(
    "header",
    [
        "Customer,Product,Date,Quantity", "Kunde,Produkt,Datum,Menge", "Client,Produit,Date,Quantité",
        "Cliente,Producto,Fecha,Cantidad", "Cliente,Prodotto,Data,Quantità", "Cliente,Produto,Data,Quantidade",
        "Klant,Product,Datum,Aantal", "Klient,Produkt,Data,Ilość", "Kund,Produkt,Datum,Antal",
        "Kunde,Vare,Dato,Antal", "Kunde,Vare,Dato,Antall", "Asiakas,Tuote,Päivämäärä,Määrä",
        "Müşteri,Ürün,Tarih,Adet", "Zákazník,Zboží,Datum,Množství", "Vevő,Termék,Dátum,Mennyiség",
        "Cumpărător,Produs,Data,Cantitate", "Πελάτης,Προϊόν,Ημερομηνία,Ποσότητα", "Клиент,Товар,Дата,Количество",
        "Клієнт,Товар,Дата,Кількість", "Покупець,Продукт,Дата,Кількість", "العميل,المنتج,تاريخ الطلب,الكمية",
        "顧客,商品,日付,数量", "客户,商品,日期,数量", "고객,상품,날짜,수량", "ลูกค้า,สินค้า,วันที่,จำนวน",
        "Khách hàng,Sản phẩm,Ngày,Số lượng", "Pelanggan,Barang,Tanggal,Jumlah",
    ],
)  # fmt: skip
def test_columns_of_one_word_are_recognized_in_each_language(tmp_path: Path, header: str) -> None:
    (tmp_path / "p.csv").write_text(f"{header}\nU1,Red mug,2024-03-13,2\nU2,Blue mug,2024-03-14,1\n")
    taken = taken_columns(tmp_path / "p.csv")
    user, product, date, quantity = header.split(",")
    assert (taken["user_id"], taken["purchased_at"], taken["quantity"]) == (user, date, quantity)
    assert product in {taken.get("product_id"), taken.get("title")}


@pytest.mark.parametrize(
    "names", ["Customer,Client", "Name,Vorname", "Titel,Vorname,Nachname", "Order count,Customer city"]
)
def test_other_columns_are_not_taken(tmp_path: Path, names: str) -> None:
    columns = ["user_id", "sku", "purchased_at", "order_id", *names.split(",")]
    (tmp_path / "p.csv").write_text(f"{','.join(columns)}\nU,P,2024-03-13,O,{'x,' * names.count(',')}x\n")
    taken = taken_columns(tmp_path / "p.csv")
    assert (taken["user_id"], taken["product_id"], taken["order_id"]) == ("user_id", "sku", "order_id")
    assert taken.get("title") in {None, "Titel"}


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("items_item_id", "product_id"), ("items_item_name", "title"), ("items_item_category", "category"),
        ("items_quantity", "quantity"), ("ecommerce_transaction_id", "order_id"), ("products_id", "product_id"),
        ("customers_email_address", "user_id"), ("cate", "category"), ("device.category", None),
        ("items.category", "category"), ("customers_deleted", None), ("customers_status", None),
        ("customers_type", None), ("orders_count", None), ("products_count", None), ("items_returned", None),
        ("orders_status", "status"), ("quantity_ordered_new", "quantity"), ("MenuItemID", "product_id"),
        ("player_id", "user_id"), ("DocNumber", "order_id"), ("KeyProducto", "product_id"), ("KeyCliente", "user_id"),
        ("Ngày tạo đơn", "purchased_at"), ("Tên khách hàng", "user_id"), ("NomPlat", "title"),
        ("COD_CLI", "user_id"), ("CVE_CLTE", "user_id"), ("KOD_KLI", "user_id"), ("CARI_KODU", "user_id"),
        ("NOM_CLI", "user_id"), ("Razão Social", "user_id"), ("COD_PROD", "product_id"), ("Cod.Art.", "product_id"),
        ("REF_ART", "product_id"), ("KOD_TOW", "product_id"), ("URN_KOD", "product_id"), ("NOTA", "order_id"),
        ("NUM_NF", "order_id"), ("NRO_FAC", "order_id"), ("NUM_FATT", "order_id"), ("Rg-Nr.", "order_id"),
        ("NR_FV", "order_id"), ("id_invoice", "order_id"), ("unit_quantity", "quantity"),
        ("unit_spend", "line_total"), ("category_0_name", "category"), ("medicine_id", "product_id"),
        ("Medicine Name", "title"), ("loan_date", "purchased_at"), ("EVRAK_NO", "order_id"),
        ("DT_EMISSAO", "purchased_at"), ("FEC_VTA", "purchased_at"),
        ("RgDatum", "purchased_at"), ("DATA_WYST", "purchased_at"), ("FIS_TAR", "purchased_at"), ("Mge", "quantity"),
        ("QTD_VEND", "quantity"), ("VLR_UNIT", "price"), ("Venta $", "line_total"), ("MT_HT", "line_total"),
        ("LIB_ART", "title"), ("Descr.Art.", "title"), ("NAZ_TOW", "title"), ("Artbez.", "title"),
    ],
)  # fmt: skip
def test_column_of_an_export_is_known(column: str, field: str | None) -> None:
    ranks = ranks_of(column)
    assert min(ranks, key=lambda name: ranks[name], default=None) == field


@pytest.mark.parametrize("column", ["# de venta", "Venta #"])
def test_numbers_of_sales_are_no_amounts(column: str) -> None:
    assert ranks_of(column).keys() == {"order_id"}


@pytest.mark.parametrize(
    ("row", "price"), [("2,5.00,10.00", "VL ITEM"), ("2,10.00,90.00", None), ("1,5.00,5.00", None)]
)
def test_amount_times_quantity_tells_which_is_the_price(tmp_path: Path, row: str, price: str | None) -> None:
    (tmp_path / "p.csv").write_text("CLIENTE,SKU,DATA,QTD,VL ITEM,VL TOTAL\n" + f"c,A,2024-03-01,{row}\n" * 3)
    taken = taken_columns(tmp_path / "p.csv")
    assert (taken.get("price"), taken["line_total"]) == (price, "VL TOTAL" if price else "VL ITEM")
