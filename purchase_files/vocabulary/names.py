"""Names of columns in shop systems and data sets, in several languages."""

import re
import unicodedata
from functools import cache, lru_cache

from purchase_files.vocabulary.languages import Composition, bare_names, compositions
from purchase_files.vocabulary.money import MONEY, SIGN, TAXES

FIELDS = {
    "user_id": """
        userid user shopper shopperid customeruniqueid | customerid customer custid custno customernumber customerno
        customercode customerkey keycustomer keycliente custcode memberid membernumber memberno member clientid client
        buyerid buyerusername buyer householdkey householdid household visitorid visitor userpseudoid reviewerid
        accountid loyaltyid personid uid cid patronid subscriberid contactid soldtoparty soldto kundennummer kundenr
        kundeid kunde idclient codeclient nclient ncliente numeroclient numclient idcliente cliente codcliente
        codigocliente klantnummer klantid klantnr klant kundnummer idkunde usuario idusuario utilisateur idutilisateur
        nutzerid benutzerid клиент покупатель 顧客id 会員id 客户id 用户id useridentifier customeridentifier customerref
        customerreference customerreferenceid visitoridentifier selltocustomerno profileid cardcode soldtopt kunnr
        kunag businesspartner partnerid | email useremail purchaseemail customeremail emailaddress emailcustomer
        emailbilling billingemail buyeremail mail contactemail adresseemail correo correoelectronico
        emailbillingaddress emailkunde customeremailaddress fromemailaddress payeremail orderingcustomeremail |
        fullvisitorid playerid cardid sessionid usersession session deviceid cookieid clientcookie | customername
        buyername billingname customerfullname nomclient nombrecliente kundenname tenkhachhang username usernamebuyer
        """,
    "order_id": """
        orderid order ordernumber orderno ordernr ordername orderreference orderref invoiceno invoice invoiceid
        invoicenumber invoicenr transactionid transaction transactionno transactionnumber transid basketid basket
        receiptid receiptno receipt receiptnumber ticketid ticket incrementid purchaseid amazonorderid salesdocument
        salesdoc billno billid cartid checkoutid bestellnummer bestellnr bestellung bestellid auftragsnummer auftrag
        belegnummer beleg rechnungsnummer rechnungsnr ncommande nocommande npedido nordine numerocommande commande
        idcommande numcommande pedido idpedido numeropedido numpedido factura numerofactura ordine idordine
        numeroordine scontrino bestelnummer zamowienie 注文番号 订单号 订单编号 заказ номерзаказа чек saleid
        salesorder salesorderid salesid ordercode dayorderid saleno salenumber vbeln billingdocument | checkid
        checkno checknumber documentno documentnumber docnumber docnum номердокумента номер
        """,
    "product_id": """
        productid prodid prodcode productcode productno productnumber productkey itemid menuitemid dishid stockcode
        keyproduct keyproducto articleid medicineid drugid
        articleno articlenumber asin isbn movieid trackid songid gameid bookid merchandiseid materialnumber
        materialno artikelnummer artikelnr artikelid produktid produktnummer artnr idproduit codeproduit codearticle
        refproduit referenceproduit idproducto codigoproducto codproducto idprodotto codiceprodotto artikelcode
        productnummer upc itemnumber itemno itemcode lineitemproductid 商品id 商品コード 商品编号 товарид артикул |
        sku productsku itemsku lineitemsku variantsku skuid variantid | parentasin material sellersku skureferenceno
        articleordernumber orderitemvariationid systemid gtin ean barcode itemgroupid ean13 matnr | handle slug |
        product
        """,
    "title": """
        title producttitle | productname itemname lineitemname itemtitle prodname articlename movietitle
        itemdescription productdescription skuname lineitemtitle lineitem materialdescription angebotstitel
        productdetail produktname artikelname artikelbezeichnung bezeichnung produktbezeichnung nomproduit
        designation libelle libelleproduit nombreproducto nomeprodotto productnaam nazwaproduktu 商品名 商品名称
        itemdisplayname menuitemname dishname nomplat lineitemslabel menuitem productnamemetadata dscription 标题
        medicinename drugname
        arktx maktx shortdescr mediumdescr itempurchased purchaseditem productpurchased purchasedproduct itembought |
        item items name description subcommoditydesc desc beschreibung descripcion descrizione
        """,
    "purchased_at": """
        purchasedat purchasedate orderdate orderpurchasetimestamp invoicedate transactiondate transactiondt
        orderdatetime orderedat orderedon saledate salesdate dateordered dateofpurchase dateoforder
        dateoftransaction dateofsale shopdate tdat eventtime eventtimestamp unixreviewtime bestelldatum
        loandate borrowdate
        rechnungsdatum kaufdatum belegdatum auftragsdatum datecommande dateachat datedachat datevente fechapedido
        fechacompra fechaventa dataordine dataacquisto dataacquisizione orderdatum besteldatum aankoopdatum
        datazamowienia datacompra datapedido 注文日 購入日 下单时间 购买时间 датазаказа датапокупки дата
        invoicedatetime trandate transdate ordercreationdate ordercreationtime ordercreatetime orderdatecreatedat
        docdate | createdat createdon created datecreated creationdate timestamp datetime date ts dateandtime datum
        fecha data 日期 日付 orderat | transactiontime purchasetime ordertime createtime createdtime creationtime
        createdutc createddateutc postingdate audat fkdat erdat bedat billingdate documentdate | posteddate | paidat
        orderpaidtime datepaid processedat completedat paymentdate dateadded dateadd eventdate completedtime
        sentdate openeddate dateopened
        """,
    "quantity": """
        quantity qty quantitypurchased lineitemquantity itemquantity orderquantity orderedquantity qtyordered
        quantityordered quantityorderednew orderqty transactionqty quantityrefund unitssold itemssold units count
        itemcount menge anzahl stuck stueck quantite qte cantidad cant quantita qta aantal ilosc quantidade qtd
        数量 количество колво pieces amountsold purchasedquantity qtysold quantitysold itemqty productquantity
        itemqtyordered productqty quantidadecomprada 宝贝总数量 netquantity unitquantity pcs kwmeng fkimg lfimg
        """,
    "quantity_canceled": """
        qtycanceled qtycancelled quantitycanceled quantitycancelled canceledqty cancelledqty canceledquantity
        cancelledquantity unitscanceled unitscancelled mengestorniert qteannulee cantidadcancelada itemqtycanceled
        """,
    "quantity_refunded": """
        qtyrefunded quantityrefunded refundedqty refundedquantity unitsrefunded refundquantity qtyreturned
        quantityreturned returnedqty returnedquantity returnquantity unitsreturned mengeretourniert
        mengeerstattet qteretournee qterembourse cantidaddevuelta cantidadreembolsada itemqtyrefunded
        """,
    "price": """
        unitprice productunitprice | price itemprice soldfor lineitemprice productprice saleprice salesprice
        sellingprice priceperunit unitcost itemcost priceeach pricepaid einzelpreis preis stuckpreis prix
        prixunitaire precio preciounitario prezzo prezzounitario prijs stukprijs cena preco precounitario
        valorunitario 単価 价格 单价 цена | listprice retailprice mrp regularprice variantprice orderitempricegross
        dealprice paidprice itemrate netpr unitpricetaxincl unitpricetaxexcl unitpriceexclvat purchasepriceperunit
        vkbrutto vknetto | rate
        """,
    "line_total": """
        linetotal | untaxedtotal lineamountexclvat producttotalprice
        netsales grosssales totalprice orderlinetotal rowtotal subtotal linesubtotal itemtotal
        salesvalue sales spend amount totalamount lineamount revenue itemrevenue gesamtpreis summe montant
        importe importo betrag bedrag umsatz | grossamt grossamount
        netamount netwr netvalue unitspend
        """,
    "currency": """
        currency currencycode ordercurrency currencyid waerk wahrung waehrung devise moneda valuta moeda 通貨 валюта
        """,
    "status": """
        financialstatus orderstatus paymentstatus | status orderstate bestellstatus zahlungsstatus
        statutcommande estadopedido statoordine statut situacao situacaodopedido 状态 статус
        """,
    "event": """
        eventtype | event eventname behaviortype behavior interactiontype actiontype action behaviour activity
        行为类型 行为 用户行为 イベント
        """,
    "cancelled_at": "cancelledat canceledat cancelleddate canceleddate datecancelled",
    "voided": """
        void isvoid voided isvoided cancelled canceled iscancelled iscanceled deleted isdeleted isreturn isreturned
        isrefund isrefunded refunded returned storniert storno annule annullato anulado cancelado refund
        """,
    "description": """
        longdescription description bodyhtml body fulldescription productdescription detaildesc shortdescription
        beschreibung produktbeschreibung descriptif descripcion descrizione opis omschrijving 説明 描述 описание
        overview content | ingredients zutaten ingredientes ingredienti
        """,
    "category": """
        category categorypath productcategory categoryname categorycode googleproductcategory producttype
        productcategoryname producttypename productgroupname commoditydesc departmentname department categories
        maincategory categoryname1 categorytree itemcategory genres genre kategorie warengruppe produktkategorie
        categorie rayon categoria kategoria produktgruppe aisle departmentdesc カテゴリ 分类 类目 категория
        category0name category1name
        productgroup itemcategory1 cate section type subcategory productsubclass sectionname productline matkl
        materialgroup prodcategoryid
        """,
    "brand": """
        brand brandname vendor manufacturer marke hersteller marque fabricant marca merk marka itembrand maker
        ブランド 品牌 бренд
        """,
    "image_url": """
        imageurl imagelink image imagesrc variantimage bild image1 img picture pictureurl photo
        """,
    "in_stock": "instock availability available isinstock stockstatus lagerbestand",
    "product_created_at": "productcreatedat",
    "attributes": "attributes",
    "preferences": "preferences",
    "locale": "locale language",
    "purchase_id": "purchaserowid",
    "line_id": "orderitemid orderlineid orderitemcode",
    "parent_line": "parentitemid parentlineid parentlineitemid parentorderitemid parentorderlineid",
    "time_zone": "timezone tz",
    "time_of_day": "time timeofday transactiontime transtime ordertime uhrzeit purchasetime openedtime",
}
"""Names of columns by field. A bar separates better names from those that are used only without a better one."""


_LONGEST = 200
_LETTERS = str.maketrans({"ß": "ss", "ı": "i", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d"})


@lru_cache(maxsize=1 << 16)
def plain(name: str) -> str:
    """Returns a name without case, accents, spaces and signs: "customerid" for "Customer ID"."""
    name = name[:_LONGEST]
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "", letters.translate(_LETTERS))


_TIER = 1_000
_LISTED, _MAX_COMPOSED = 500, 100_000
"""Listed names rank below `_LISTED` in their tier, composed names above it."""
_LONGEST_COMPOSED = 60
EMPTY_RANK = 10 * _TIER
"""Added to the ranks of columns without values."""

_RELATED = re.compile(r"relationships\.(?P<name>\w+)\.data\.(?P<key>id|type)")
_SMALL_WORDS = re.compile(
    r"(?i)(?<!\w)(?:de|du|des|d['’]|del|della|dello|dell['’]|di|da|do|dos|das|la|le|les|l['’]|el|of|the|der|die|das|van|het"
    r"|e|y|et|und|and|en|og|och|и|von|vom|do)(?:(?<=['’])|(?!\w))"
)


# A group that is counted is the quantity of no line.
_GROUPED = re.compile(
    r"(?i)(?P<group>(?:item|product|order|customer)s|ecommerce)[_ ]+(?P<rest>(?!(?:count|num)$).+)"
)
_OF_ITEM = {"product_id", "title", "quantity", "price", "line_total"}
_OF_PRODUCT = {*_OF_ITEM, "description", "category", "brand"}
_OF_ORDER = {"order_id", "purchased_at", "time_of_day", "status"}
_OF_GROUP = {"orders": _OF_ORDER, "customers": {"user_id"}, "ecommerce": {"order_id"}}
"""Fields of groups that are no products. The status of a customer says nothing of a purchase."""
_OF_VISITS = {"device", "geo", "trafficsource", "appinfo", "platform", "page", "browser"}
"""Objects with categories and brands that are not those of products."""


_AMOUNT = re.compile(r"(?i)total|amount|sum|value|price|qty|count|date|time|name|%")


def tier_of(rank: int) -> int:
    """Returns the tier of a rank. Columns of one tier fit equally well."""
    return rank // _TIER


@cache
def _listed() -> tuple[dict[str, dict[str, int]], list[Composition]]:
    """Ranks of listed names in their fields, and how others are composed.

    Names are plain. Computed at the first use, so that programs that read no files do not pay for it.
    """
    found: dict[str, dict[str, int]] = {}
    for field, names in FIELDS.items():
        found.setdefault(plain(field), {})[field] = 0
        for tier, words in enumerate(names.split("|"), start=1):
            for position, word in enumerate(words.split()):
                found.setdefault(plain(word), {}).setdefault(field, tier * _TIER + position)
    bare = bare_names(plain)
    for position, (field, tier, word) in enumerate(bare):
        found.setdefault(word, {}).setdefault(field, _rank_of_composed(tier, position))
    return found, compositions(plain, len(bare))


def _rank_of_composed(tier: int, position: int) -> int:
    return tier * _TIER + _LISTED + position * _LISTED // _MAX_COMPOSED


@lru_cache(maxsize=1 << 12)
def ranks_of_name(name: str) -> dict[str, int]:
    """Rank of a plain name in each of its fields.

    The lowest is best.
    """
    listed, composed = _listed()
    found = dict(listed.get(name, {}))
    if len(name) > _LONGEST_COMPOSED:
        return found
    for one in composed:
        if one.field not in found and (position := one.position(name)) is not None:
            found[one.field] = _rank_of_composed(one.tier, position)
    return found


NAMES = {field: tuple(map(plain, names.replace("|", " ").split())) for field, names in FIELDS.items()}
"""Listed names by field, as plain names."""


def ranks_of(column: str) -> dict[str, int]:
    """Returns the ranks of a column in its fields.

    `customer.email` has those of `email`, one tier lower. The related resources of JSON:API have ids, and types that
    say nothing of a purchase.
    """
    if related := _RELATED.fullmatch(column):
        return ranks_of_name(plain(f"{related['name']} id")) if related["key"] == "id" else {}
    bare = _SMALL_WORDS.sub(" ", column)
    is_money, is_number = SIGN.search(column) is not None, "#" in column
    for name in (column, bare):
        if found := ranks_of_name(plain(name)):
            # `Venta $` is what was paid, and `# de venta` the number of a sale.
            others = found.keys() - MONEY if is_money else MONEY if is_number else set[str]()
            return {field: rank for field, rank in found.items() if field not in others}
    amount = ranks_of_name(plain(TAXES.sub("", bare)))
    if found := {field: rank + _TIER for field, rank in amount.items() if field in MONEY}:
        return found
    # Columns of an order's items and shopper: `OrderItemQuantity`, `Order Customer ID`.
    item = plain(column).removeprefix("order") if plain(column).startswith(("orderitem", "ordercust")) else ""
    allowed = _OF_ITEM if item.startswith("item") else {"user_id"}
    if found := {field: rank + _TIER for field, rank in ranks_of_name(item).items() if field in allowed}:
        return found
    # `SKU (Signature)`, but not `Order (Total)`.
    before, bracket, inside = column.partition("(")
    if bracket and not _AMOUNT.search(inside) and (found := ranks_of_name(plain(before))):
        return {field: rank + _TIER for field, rank in found.items()}
    if found := _ranks_in_group(column):
        return found
    parts = re.split(r"[./]| - ", column)
    inner = ranks_of_name(plain(parts[-1])) if len(parts) > 1 else {}
    of_visit = plain(parts[0]) in _OF_VISITS
    return {
        field: rank + _TIER
        for field, rank in inner.items()
        if not (of_visit and field in {"title", "category", "brand"})
    }


def _ranks_in_group(column: str) -> dict[str, int]:
    """Ranks of a name that begins with a group.

    A flat table has `items_item_id`, and osCommerce `products_id`.
    """
    found = _GROUPED.fullmatch(column)
    if found is None:
        return {}
    group = found["group"].lower()
    whole = f"{group.removesuffix('s')} {found['rest']}"
    ranks = ranks_of_name(plain(whole)) or ranks_of_name(plain(found["rest"]))
    return {
        field: rank + _TIER for field, rank in ranks.items() if field in _OF_GROUP.get(group, _OF_PRODUCT)
    }
