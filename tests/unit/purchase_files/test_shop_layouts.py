"""Layouts of the exports of shop systems, with one purchase each."""

from pathlib import Path

import pytest

from tests.support.purchases_read import Read

# Shopper, order, product, quantity and price, where a tilde is a space and a hyphen is nothing. Header and row follow.
LAYOUTS = {
    "magento1": (
        "ann@x.com 100000012 M1 2 9.9",
        "Order Number,Order Date,Order Status,Order Purchased From,Order Payment Method,Order Subtotal,Order "
        "Grand Total,Customer Name,Customer Email,Item Name,Item SKU,Item Status,Item Original Price,Item Pri"
        "ce,Item Qty Ordered,Item Qty Refunded,Item Total",
        '100000012,"Mar 1, 2024 10:05:11 AM",complete,Main Website,checkmo,20,25,Ann Lee,ann@x.com,Red Mug,M1'
        ",Shipped,9.9,9.9,2,0,19.8",
    ),
    "prestashop": (
        "A.~Lee - 7 2 9.9",
        "ID;Référence;Nouveau client;Livraison;Client;Total;Paiement;État;Date;product_id;product_name;produc"
        "t_quantity;unit_price_tax_incl",
        "5;XKBKNABJK;Non;France;A. Lee;61,80 €;Chèque;Livré;2024-03-01 10:05:11;7;Mug rouge;2;9,90",
    ),
    "shopware5": (
        "3 57 SW10012 2 9.9",
        "orderId;number;customerId;email;orderStatusID;orderTime;articleDetailId;articleordernumber;articleNa"
        "me;quantity;price;currency",
        "57;20002;3;ann@x.com;2;2024-03-01 10:05:11;12;SW10012;Rote Tasse;2;9,90;EUR",
    ),
    "shopware6": (
        "1001 10001 b1b2c3d4e5f60718293a4b5c6d7e8f90 2 9.9",
        "id,orderNumber,orderDateTime,orderCustomer.customerNumber,orderCustomer.email,lineItems.productId,li"
        "neItems.label,lineItems.quantity,lineItems.unitPrice,stateMachineState.technicalName",
        "a1b2c3d4e5f60718293a4b5c6d7e8f90,10001,2024-03-01 10:05:11.000,1001,ann@x.com,b1b2c3d4e5f60718293a4b"
        "5c6d7e8f90,Rote Tasse,2,9.9,completed",
    ),
    "opencart": (
        "7 55 43 2 9.9",
        "order_id,customer_id,customer,email,order_status,date_added,product_id,name,model,quantity,price,tot"
        "al",
        "55,7,Ann Lee,ann@x.com,Complete,2024-03-01 10:05:11,43,Red Mug,M1,2,9.9,19.8",
    ),
    "bigcommerce": (
        "7 101 77 2 9.9",
        "Order ID,Customer ID,Customer Name,Customer Email,Order Date,Order Time,Order Status,Subtotal (inc t"
        "ax),Order Total (inc tax),Product ID,Product Qty,Product SKU,Product Name,Product Unit Price,Product"
        " Total Price",
        "101,7,Ann Lee,ann@x.com,01/03/2024,10:05,Completed,20,25,77,2,M1,Red Mug,9.9,19.8",
    ),
    "wix": (
        "ann@x.com 10001 M1 2 9.9",
        "Order number,Date created,Time,Total order quantity,Contact email,Note to customer,Additional checko"
        "ut info,Item,Variant,SKU,Qty,Quantity refunded,Price,Weight,Currency,Payment status,Fulfillment stat"
        "us",
        '10001,"Mar 1, 2024",10:05:11 AM,2,ann@x.com,,,Red Mug,Size: L,M1,2,0,9.9,0.3,USD,Paid,Fulfilled',
    ),
    "squarespace": (
        "ann@x.com 00012 SQ111 2 9.9",
        "Order ID,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Currency,Subtotal,Shipping,T"
        "axes,Amount Refunded,Total,Discount Code,Created at,Lineitem quantity,Lineitem name,Lineitem price,L"
        "ineitem sku,Lineitem variant,Billing Name,Cancelled at",
        "00012,ann@x.com,PAID,2024-03-01 10:05:11 -0500,FULFILLED,,USD,20,5,0,0,25,,2024-03-01 10:05:11 -0500"
        ",2,Red Mug,9.90,SQ111,Large,Ann Lee,",
    ),
    "ecwid": (
        "ann@x.com 12 M1 2 9.9",
        "order_number,email,order_date,order_time,name,sku,quantity,price,payment_status,fulfillment_status,c"
        "urrency,shipping_name",
        "12,ann@x.com,2024-03-01,10:05:11,Red Mug,M1,2,9.9,PAID,SHIPPED,USD,Ann Lee",
    ),
    "lightspeed_r": (
        "77 8812 210000000012 2 9.9",
        "Date,Sale ID,Customer ID,Customer,Item,Description,System ID,Qty,Retail,Subtotal,Discount,Total",
        "03/13/2024,8812,77,Ann Lee,Red Mug,Red Mug,210000000012,2,9.9,19.8,0,19.8",
    ),
    "vend": (
        "ANN-XY1 1234 M1 2 9",
        "Date,Receipt Number,Line Type,Customer Code,Customer Name,Note,Quantity,Subtotal,Sales Tax,Discount,"
        "Total,Paid,Details,Register,User,Status,Sku,AccountCodeSale",
        "2024-03-01 10:05:11,1234,Sale Line,ANN-XY1,Ann Lee,,2,18,1.8,0,19.8,,Red Mug,Main Register,Joe,CLOSE"
        "D,M1,",
    ),
    "stripe": (
        "cus_1 in_1 Red~Mug 1 19.8",
        "id,Created (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Description,Status,Custom"
        "er ID,Customer Email,Invoice ID,product_name (metadata)",
        "ch_1,2024-03-01 10:05,19.80,0.00,usd,TRUE,19.80,Red Mug,Paid,cus_1,ann@x.com,in_1,Red Mug",
    ),
    "paypal": (
        "ann@x.com TX1 M1 2 9.9",
        "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address,To Email Address,Trans"
        "action ID,Item Title,Item ID,Quantity,Receipt ID",
        '13/03/2024,10:05:11,GMT,Ann Lee,Website Payment,Completed,EUR,"19,80","-0,90","18,90",ann@x.com,shop'
        "@y.com,TX1,Red Mug,M1,2,R1",
    ),
    "amazon_settlement": (
        "- 111-1 M1 2 9.9",
        "settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\tcurrency\ttransacti"
        "on-type\torder-id\tmerchant-order-id\tadjustment-id\tshipment-id\tmarketplace-name\tamount-type\tamount-des"
        "cription\tamount\tfulfillment-id\tposted-date\tposted-date-time\torder-item-code\tsku\tquantity-purchased",
        "1\t\t\t\t\t\tOrder\t111-1\t1\t\ts1\tAmazon.com\tItemPrice\tPrincipal\t19.80\tMFN\t2024-03-01\t"
        "2024-03-01 10:05:11 UTC\t99\tM1\t2",
    ),
    "amazon_business": (
        "ann@x.com 111-1 B000 2 9.9",
        "Order Date,Order ID,Title,Category,ASIN/ISBN,UNSPSC Code,Website,Release Date,Condition,Seller,List "
        "Price Per Unit,Purchase Price Per Unit,Quantity,Payment Instrument Type,Purchase Order Number,Orderi"
        "ng Customer Email,Shipment Date,Item Subtotal,Item Total",
        "03/13/24,111-1,Red Mug,MUG,B000,,Amazon.com,,new,Acme,$9.90,$9.90,2,Visa,,ann@x.com,03/14/24,$19.80,"
        "$19.80",
    ),
    "odoo_sale_report": (
        "Ann~Lee S00012 [M1]~Red~Mug 2 9.9",
        "Order Date,Order Reference,Customer,Product,Product Category,Qty Ordered,Qty Delivered,Untaxed Total"
        ",Salesperson,Status",
        "2024-03-01 10:05:11,S00012,Ann Lee,[M1] Red Mug,All / Mugs,2.0,2.0,19.8,Joe,Sales Order",
    ),
    "sap_b1": (
        "C20000 1001 A00001 2 9.9",
        "DocNum,DocDate,CardCode,CardName,ItemCode,Dscription,Quantity,Price,Currency,LineTotal,DocStatus,CAN"
        "CELED",
        "1001,2024-03-01,C20000,Ann Lee,A00001,Red Mug,2,9.9,EUR,19.8,C,N",
    ),
    "dynamics_bc": (
        "C00010 PSI1001 1896-S 2 9.9",
        "Document No.,Posting Date,Sell-to Customer No.,Sell-to Customer Name,Type,No.,Description,Quantity,U"
        "nit Price Excl. VAT,Line Amount Excl. VAT",
        "PSI1001,2024-03-01,C00010,Ann Lee,Item,1896-S,Red Mug,2,9.9,19.8",
    ),
    "netsuite": (
        "CUST77~Ann~Lee SO1001 M1 2 9.9",
        "Internal ID,Date,Document Number,Name,Item,Item: Display Name,Quantity,Item Rate,Amount,Status,Type",
        "8812,3/13/2024,SO1001,CUST77 Ann Lee,M1,Red Mug,2,9.9,19.8,Billed,Sales Order",
    ),
    "plenty": (
        "33 501 1077 2 9.9",
        "OrderID;OrderItemItemID;OrderItemVariationID;OrderItemName;OrderItemQuantity;OrderItemPriceGross;Ord"
        "erDateCreatedAt;ContactID;OrderStatus",
        "501;77;1077;Rote Tasse;2;9.9;2024-03-01T10:05:11+01:00;33;7",
    ),
    "xentral": (
        "10077 200001 M1 2 9.9",
        "belegnr;datum;kundennummer;name;artikelnummer;bezeichnung;menge;preis;waehrung;status",
        "200001;2024-03-01;10077;Ann Lee;M1;Rote Tasse;2;9.90;EUR;abgeschlossen",
    ),
    "jtl": (
        "10077 AU2024-1 M1 2 9.9",
        "Auftragsnummer;Erstellt am;Kundennummer;E-Mail;Artikelnummer;Bezeichnung;Anzahl;VK Netto;VK Brutto;A"
        "uftragsstatus",
        "AU2024-1;01.03.2024 10:05;10077;ann@x.de;M1;Rote Tasse;2;8,32;9,90;Versendet",
    ),
    "1c": (
        "ООО~Ромашка 00ЦБ-000012 M1 2 990",
        "Дата;Номер;Контрагент;Номенклатура;Артикул;Количество;Цена;Сумма;Валюта;Ответственный",
        "01.03.2024 10:05:11;00ЦБ-000012;ООО Ромашка;Кружка красная;M1;2,000;990,00;1 980,00;руб;Иванов",
    ),
    "tiendanube": (
        "ann@x.com 101 M1 2 9.9",
        "Número de orden;Email;Fecha;Estado de la orden;Estado del pago;Estado del envío;Moneda;Subtotal de p"
        "roductos;Descuento;Costo de envío;Total;Nombre del comprador;DNI / CUIT;Teléfono;Nombre del producto"
        ";Precio del producto;Cantidad del producto;SKU;Canal",
        "101;ann@x.com;13/03/2024 10:05:11;Abierta;Recibido;Enviado;ARS;20,00;0;5;25;Ann Lee;20123;11;Taza ro"
        "ja;9,90;2;M1;Web",
    ),
    "nuvemshop": (
        "123 101 M1 2 9.9",
        "Número do Pedido;E-mail;Data;Status do Pedido;Status do Pagamento;Status do Envio;Moeda;Subtotal;Des"
        "conto;Valor do Frete;Total;Nome do comprador;CPF / CNPJ;Telefone;Nome do Produto;Valor do Produto;Qu"
        "antidade Comprada;SKU;Canal",
        "101;ann@x.com;13/03/2024 10:05:11;Aberto;Confirmado;Enviado;BRL;20,00;0;5;25;Ann Lee;123;11;Caneca v"
        "ermelha;9,90;2;M1;Loja",
    ),
    "shopee": (
        "ann1 2403ABC M1 2 9.9",
        "Order ID,Order Status,Cancel reason,Return / Refund Status,Tracking Number*,Order Creation Date,Orde"
        "r Paid Time,Parent SKU Reference No.,Product Name,SKU Reference No.,Variation Name,Original Price,De"
        "al Price,Quantity,Returned quantity,Product Subtotal,Username (Buyer),Receiver Name",
        "2403ABC,Completed,,,T1,2024-03-01 10:05,2024-03-01 10:06,P1,Red Mug,M1,L,12,9.9,2,0,19.8,ann1,Ann Le"
        "e",
    ),
    "lazada": (
        "ann@x.com 555 M1 1 9.9",
        "orderItemId;orderType;Guarantee;deliveryType;lazadaId;sellerSku;lazadaSku;wareHouse;createTime;updat"
        "eTime;orderNumber;invoiceRequired;customerName;customerEmail;paidPrice;unitPrice;itemName;variation;"
        "status",
        "1;Normal;;;L1;M1;LZ1;w;01 Mar 2024 10:05;01 Mar 2024 10:05;555;No;Ann Lee;ann@x.com;9.9;9.9;Red Mug;"
        ";delivered",
    ),
    "taobao": (
        "ann1 2403011 M1 2 9.9",
        "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码,买家会员名,订单创建时间,买家实际支付金额",
        "2403011,红色杯子,9.90,2,,颜色:红,,,交易成功,M1,ann1,2024-03-01 10:05:11,19.80",
    ),
    "quickbooks_desktop": (
        "Ann~Lee 1001 MUG-1 2 9.9",
        ",Type,Date,Num,Memo,Name,Item,Qty,Sales Price,Amount,Balance",
        ",Invoice,03/13/2024,1001,A mug,Ann Lee,MUG-1,2,9.90,19.80,19.80",
    ),
    "quickbooks_online": (
        "Ann~Lee 1001 Mug 2 9.9",
        "Product/Service,Date,Transaction Type,Num,Customer,Memo/Description,Qty,Sales Price,Amount,Balance",
        "Mug,03/13/2024,Invoice,1001,Ann Lee,,2,9.90,19.80,19.80",
    ),
    "woo_customers_orders": (
        "7 55 43 2 9.9",
        "order_id,order_number,date,status,customer_id,billing_email,billing_first_name,item_id,item_product_"
        "id,item_name,item_sku,item_quantity,item_subtotal,item_total,order_total",
        "55,55,2024-03-01 10:05:11,completed,7,ann@x.com,Ann,88,43,Red Mug,M1,2,19.8,19.8,25",
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_purchase_of_an_export_is_read(tmp_path: Path, name: str) -> None:
    expected, header, row = LAYOUTS[name]
    (tmp_path / "p.csv").write_text(f"{header}\n{row}\n")
    found = Read(tmp_path / "p.csv", dates="mdy" if "3/13/" in row else "dmy")
    [purchase] = found.purchases
    values = [purchase[field] for field in ("user_id", "order_id", "product_id", "quantity", "price")]
    texts = [f"{value:g}" if isinstance(value, float) else value or "-" for value in values]
    assert " ".join(text.replace(" ", "~") for text in texts) == expected
