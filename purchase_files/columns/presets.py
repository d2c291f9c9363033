"""Exports whose names of columns mean something else than usual."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Preset:
    """A known export.

    Attributes:
        name: name of the shop system or data set.
        signature: columns by which it is recognized, as plain names.
        fields: column by field, as plain names.
        ignored: columns that hold no field here.
        states: words for statuses that are numbers.
    """

    name: str
    signature: frozenset[str]
    fields: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    states: Mapping[str, str] = field(default_factory=dict)


PRESETS = (
    Preset(
        "Shopify orders",
        frozenset(("lineitemname", "lineitemquantity", "name")),
        {"order_id": "name", "title": "lineitemname", "user_id": "email", "purchased_at": "createdat"},
        frozenset(("id", "subtotal", "total", "paymentid", "paymentreference")),
    ),
    Preset(
        "Square items",
        frozenset(("item", "qty", "transactionid", "eventtype")),
        {"order_id": "transactionid", "title": "item", "event": "eventtype"},
        frozenset(("customername",)),
    ),
    Preset(
        "Olist customers",
        frozenset(("customeruniqueid", "customerid", "customercity")),
        {"user_id": "customeruniqueid", "account_id": "customerid"},
    ),
    Preset(
        "Vend",
        frozenset(("receiptnumber", "linetype", "customercode", "register")),
        {"user_id": "customercode", "order_id": "receiptnumber", "title": "details", "event": "linetype"},
    ),
    Preset(
        "Matrixify orders",
        frozenset(("name", "linetype", "linetitle", "linequantity")),
        {
            "order_id": "name",
            "user_id": "customerid",
            "event": "linetype",
            "product_id": "lineproductid",
            "title": "linetitle",
            "quantity": "linequantity",
            "price": "lineprice",
        },
        frozenset(("id", "linetotal", "linename")),
    ),
    Preset(
        "PrestaShop orders",
        frozenset(("idorder", "idcart", "currentstate", "dateadd")),
        {"order_id": "idorder", "user_id": "idcustomer", "purchased_at": "dateadd", "status": "currentstate"},
        frozenset(("reference", "invoicenumber")),
        {"6": "canceled", "7": "refunded", "8": "payment error"},
    ),
    Preset("WooCommerce items", frozenset(("itemid", "itemproductid")), {"product_id": "itemproductid"}),
    Preset(
        "PayPal",
        frozenset(("fromemailaddress", "gross", "itemtitle")),
        {"user_id": "fromemailaddress", "line_total": "gross"},
        frozenset(("type",)),
    ),
    Preset(
        "Amazon settlement",
        frozenset(("settlementid", "amounttype", "amountdescription", "sku")),
        {"event": "amountdescription", "line_total": "amount"},
    ),
    Preset(
        "Amazon settlement V1",
        frozenset(("settlementid", "pricetype", "priceamount", "sku")),
        {"event": "pricetype", "line_total": "priceamount"},
        frozenset(("totalamount",)),
    ),
    Preset(
        "Amazon payments",
        frozenset(("datetime", "settlementid", "type", "sku")),
        {"event": "type", "line_total": "productsales"},
    ),
    Preset(
        "NetSuite",
        frozenset(("internalid", "documentnumber", "name", "item")),
        {"user_id": "name", "order_id": "documentnumber", "product_id": "item"},
        frozenset(("internalid",)),
    ),
    Preset(
        "Business Central",
        frozenset(("documentno", "selltocustomerno", "no")),
        {"user_id": "selltocustomerno", "order_id": "documentno", "product_id": "no", "title": "description"},
        frozenset(("type",)),
    ),
    Preset(
        "Eventbrite",
        frozenset(("eventname", "tickettype", "attendeestatus")),
        {
            "title": "eventname",
            "product_id": "eventid",
            "status": "attendeestatus",
            "quantity": "ticketquantity",
            "price": "ticketprice",
        },
        states={"Not Attending": "canceled"},
    ),
    Preset(
        "QuickBooks sales by customer",
        frozenset(("type", "num", "name", "item", "qty", "salesprice")),
        {"user_id": "name", "order_id": "num", "product_id": "item", "title": "memo", "price": "salesprice"},
        frozenset(("balance",)),
    ),
    Preset(
        "QuickBooks sales",
        frozenset(("transactiontype", "num", "productservice", "salesprice")),
        {"user_id": "customer", "order_id": "num", "title": "productservice", "price": "salesprice"},
        frozenset(("memodescription", "balance")),
    ),
    Preset(
        "QuickBooks sales",
        frozenset(("transactiontype", "num", "productservicefullname")),
        {"user_id": "customer", "order_id": "num", "title": "productservicefullname", "price": "salesprice"},
        frozenset(("memodescription", "balance")),
    ),
    Preset(
        "QuickBooks sales by product",
        frozenset(("transactiontype", "num", "product", "salesprice")),
        {"order_id": "num", "title": "product", "price": "salesprice"},
        frozenset(("memodescription", "balance")),
    ),
    Preset("Dunnhumby", frozenset(("householdkey", "basketid", "day")), {"purchased_at": "day"}),
)
"""Known exports, by their columns."""


def states_of(name: str) -> Mapping[str, str]:
    """Returns words for the numbers of a known export's statuses.

    There are none for other names.
    """
    return next((preset.states for preset in PRESETS if preset.name == name), {})


def preset_of(columns: Collection[str]) -> Preset | None:
    """Returns the known export that has these columns, if any."""
    return next((preset for preset in PRESETS if preset.signature <= set(columns)), None)
