"""Exports in other words for a canceled order, each with one that was kept."""

from pathlib import Path

import pytest

from tests.support.purchases_read import Read

# Shopper and product of the kept purchase, reason for the other, header, kept row and other row.
EXPORTS = {
    "Oracle": (
        "5001 MUG-01 status~cancelled",
        "ORDER_NUMBER,CUST_ACCOUNT_ID,ORDERED_DATE,ORDERED_ITEM,ORDERED_QUANTITY,UNIT_SELLING_PRICE,FLOW_STATUS_CODE",
        "66000,5001,03-JAN-24,MUG-01,1,9.9,CLOSED",
        "66001,5002,04-JAN-24,CUP-02,1,7.5,CANCELLED",
    ),
    "Mercado Libre": (
        "Ann~Lee MUG-01 status~venta~cancelada",
        "# de venta,Fecha de venta,Estado,Unidades,SKU,Título de la publicación,Comprador",
        "2000000001,3 de enero de 2024 09:15 hs.,Entregado,1,MUG-01,Taza,Ann Lee",
        "2000000002,4 de enero de 2024 09:15 hs.,Venta cancelada,1,CUP-02,Copa,Bob Ray",
    ),
    "Salla": (
        "Ann MUG-01 status~ملغي",
        "رقم الطلب,تاريخ الطلب,اسم العميل,حالة الطلب,اسم المنتج,SKU,الكمية,السعر",
        "5000,03/01/2024 09:15,Ann,تم التنفيذ,Mug,MUG-01,1,9.9",
        "5001,13/01/2024 09:15,Bob,ملغي,Cup,CUP-02,1,7.5",
    ),
    "Trendyol": (
        "ann@x.com 8690000000001 status~iptal~edildi",
        "Sipariş Numarası,Sipariş Tarihi,Alıcı,E-Posta,Barkod,Ürün Adı,Adet,Birim Fiyatı,Sipariş Statüsü",
        "90001,13.01.2024 09:15,Ann,ann@x.com,8690000000001,Mug,1,9.9,Teslim Edildi",
        "90002,14.01.2024 09:15,Bob,bob@x.com,8690000000002,Cup,1,7.5,İptal Edildi",
    ),
    "Shopee": (
        "ann Taza status~batal",
        "No. Pesanan,Status Pesanan,Waktu Pesanan Dibuat,Nama Produk,Jumlah,Username (Pembeli)",
        "240100001,Selesai,2024-01-03 09:15,Taza,1,ann",
        "240100002,Batal,2024-01-04 09:15,Copa,1,bob",
    ),
    "Bol": (
        "ann@x.com 8710000000001 cancelled",
        "Bestelnummer,Besteldatum,EAN,Titel,Aantal,Naam klant,E-mailadres klant,Annulering",
        "A1,3 januari 2024,8710000000001,Mok,1,Ann Lee,ann@x.com,Nee",
        "A2,4 maart 2024,8710000000002,Kop,1,Bob Ray,bob@x.com,Ja",
    ),
    "Clover": (
        "CUS1 IT1 cancelled",
        "Order Date,Order ID,Order Customer ID,Order Customer Name,Item ID,Item Name,Item Total,Refunded",
        "03-Jan-2024 09:15 AM EST,O1,CUS1,Ann Lee,IT1,Mug,9.9,false",
        "04-Jan-2024 09:15 AM EST,O2,CUS2,Bob Ray,IT2,Cup,7.5,true",
    ),
    "Gumroad": (
        "ann@x.com it1 cancelled",
        "Purchase ID,Item Name,Purchase Email,Buyer Email,Purchase Date,Sale Price ($),Refunded?,Item ID,Quantity",
        "p1,Mug,ann@x.com,ann@x.com,2024-01-03,9.9,0,it1,1",
        "p2,Cup,bob@x.com,bob@x.com,2024-01-04,7.5,1,it2,1",
    ),
    "Rakuten": (
        "ann@x.com MUG-01 status~キャンセル",
        "受注番号,受注ステータス,注文日時,注文者メールアドレス,注文者氏名,商品番号,商品名,単価,個数",
        "2000-1,発送済,2024-01-03 09:15:00,ann@x.com,山田,MUG-01,マグ,990,1",
        "2000-2,キャンセル,2024-01-04 09:15:00,bob@x.com,佐藤,CUP-02,カップ,750,1",
    ),
    "Coupang": (
        "Ann 701 status~취소",
        "주문번호,주문일,구매자,노출상품ID,등록상품명,구매수(수량),결제액,주문상태",
        "10001,2024-01-03 09:15:00,Ann,701,Mug,1,9900,배송완료",
        "10002,2024-01-04 09:15:00,Bob,702,Cup,1,7500,취소",
    ),
    "Taobao": (
        "Ann MUG-01 status~交易关闭",
        "订单编号,买家会员名,订单状态,订单创建时间,宝贝标题,宝贝数量,商家编码",
        "180001,Ann,交易成功,2024-01-03 09:15:00,杯子,1,MUG-01",
        "180002,Bob,交易关闭,2024-01-04 09:15:00,茶杯,1,CUP-02",
    ),
    "Xero": (
        "ann@x.com MUG-01 return~of~something~never~bought",
        "*ContactName,EmailAddress,*InvoiceNumber,*InvoiceDate,InventoryItemCode,*Description,*Quantity,Type",
        "Ann,ann@x.com,INV-1,13/01/2024,MUG-01,Mug,1,Sales invoice",
        "Bob,bob@x.com,INV-2,14/01/2024,CUP-02,Cup,1,Sales credit note",
    ),
    "ikas": (
        "ann@x.com MUG-01 status~iptal",
        "Sipariş No,Oluşturulma Tarihi,Müşteri E-posta,Ürün,SKU,Miktar,Sipariş Durumu",
        "1001,03 Ocak 2024,ann@x.com,Kupa,MUG-01,1,Tamamlandı",
        "1002,04 Mart 2024,bob@x.com,Fincan,CUP-02,1,İptal",
    ),
    "NetSuite": (
        "C1 MUG-01 return~of~something~never~bought",
        "Internal ID,Date,Document Number,Name,Item,Quantity,Amount,Type",
        "1,13/1/2024,SO1,C1,MUG-01,1,9.9,Sales Order",
        "2,14/1/2024,RA2,C2,CUP-02,1,7.5,Return Authorization",
    ),
    "ShipStation": (
        "ann@x.com MUG-01 status~cancelled",
        "Order - Number,Date - Order Date,Customer - Email,Item - SKU,Item - Name,Item - Qty,Order - Status",
        "1,01/13/2024 09:15:00 AM,ann@x.com,MUG-01,Mug,1,shipped",
        "2,01/14/2024 09:15:00 AM,bob@x.com,CUP-02,Cup,1,cancelled",
    ),
    "Eventbrite": (
        "ann@x.com 55 status~canceled",
        "Order #,Order Date,First Name,Last Name,Email,Quantity,Price Tier,Ticket Type,Attendee #,Attendee Status,"
        "Event Name,Event ID",
        "8001,2024-03-13 10:15:00,Ann,Lee,ann@x.com,1,,VIP,9001,Attending,Jazz night,55",
        "8002,2024-03-14 10:15:00,Bob,Ray,bob@x.com,1,,VIP,9002,Not Attending,Art fair,56",
    ),
    "Kajabi": (
        "ann@x.com Course return~of~something~never~bought",
        "Offer Title,Member Name,Member Email,Amount,Currency,Type,Created At",
        'Course,Ann,ann@x.com,$9.9,USD,Charge,"January 3, 2024 09:15 AM"',
        'Other,Bob,bob@x.com,$7.5,USD,Refund,"January 4, 2024 09:15 AM"',
    ),
    "SAP": (
        "100001 MUG-01 cancelled",
        "Verkaufsbeleg,Auftraggeber,Name Auftraggeber,Belegdatum,Material,Bezeichnung,Auftragsmenge,Nettowert,Storno",
        '1000001,100001,Ann Lee,13.01.2024,MUG-01,Tasse,"1,000","9,90",',
        '1000002,100002,Bob Ray,14.01.2024,CUP-02,Becher,"1,000","7,50",X',
    ),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_canceled_order_is_left_out_and_the_other_kept(tmp_path: Path, name: str) -> None:
    expected, *lines = EXPORTS[name]
    user, product, reason = (word.replace("~", " ") for word in expected.split())
    (tmp_path / "p.csv").write_text("\n".join([*lines, ""]))
    found = Read(tmp_path / "p.csv")
    assert [(row["user_id"], row["product_id"]) for row in found.purchases] == [(user, product)]
    assert found.left_out == {reason: 1}


def test_status_of_a_person_leaves_no_order_out(tmp_path: Path) -> None:
    head = "user_id,product_id,purchased_at,order_id,Membership Status"
    (tmp_path / "p.csv").write_text(f"{head}\n1,A,2024-01-01,1,active\n2,A,2024-01-01,2,cancelled\n")
    assert Read(tmp_path / "p.csv").left_out == {}
