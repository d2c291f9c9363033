"""Words for kinds and statuses of rows, in lower case."""

BOUGHT_EVENTS = (
    "purchase", "purchased", "buy", "bought", "transaction", "order", "ordered", "sale", "sold", "payment", "checkout",
    "ecommerce_purchase", "order_completed", "order completed", "completed order", "kauf", "achat", "compra",
    "conversion", "principal", "sales", "charge", "charged", "invoice", "receipt", "verkauf", "rechnung", "vente",
    "facture", "venta",
    "factura", "vendita", "fattura", "venda", "verkoop", "factuur", "sprzedaż", "faktura", "продажа", "satış", "売上",
    "sales invoice", "sales receipt", "sales order", "cash sale",
    "销售", "s",
)  # fmt: skip
"""Kinds of events that are purchases."""

LINE_EVENTS = ("sale line", "sale_line", "line item", "order line")
"""Kinds of rows that are lines of an order. Beside them, a `sale` is the whole order."""

RETURN_EVENTS = (
    "refund", "return", "refunded", "returned", "refund line", "return line", "sale return", "sales return", "returns",
    "credit note", "credit memo", "credit", "gutschrift", "retoure", "rückgabe", "erstattung", "retour", "avoir",
    "remboursement", "devolución", "devolucion", "reembolso", "nota de crédito", "reso", "rimborso", "nota di credito",
    "devolução", "estorno", "creditnota",
    "sales credit note", "return authorization", "cash refund", "zwrot", "korekta",
    "возврат", "iade", "返品", "返金", "退货", "退款", "r",
)  # fmt: skip
"""Kinds of events that take a purchase back."""

OTHER_EVENTS = (
    "void", "voided", "cancel", "cancellation", "cancelled", "canceled", "storno", "exchange", "quote", "estimate",
    "draft", "shipping", "fee", "tax", "adjustment", "transfer", "payout", "chargeback", "deposit", "discount",
    "no sale", "v",
)  # fmt: skip
"""Kinds of rows that are neither."""

VOID_MARKS = (
    "true", "t", "yes", "y", "1", "1.0", "x", "ja", "j", "oui", "o", "si", "sí", "sim", "s", "wahr", "vrai",
    "verdadero", "vero", "да", "так", "tak", "evet", "igen", "ano", "kyllä", "ναι", "نعم", "はい", "예", "是", "ใช่",
    "có", "full", "fully", "deleted",
)  # fmt: skip
"""Values in columns such as `Void?` that tell that a row is no purchase, beside statuses such as "refunded"."""

NOT_BOUGHT = (
    r"(^|[^\pL])(void|cancel|refund|fail|expire|decline|reject|denied|abandon|unavailable|trash|draft|return|fraud"
    r"|chargeback|payment error|closed lost|storn|abgebrochen|erstattet"
    r"|annul|rembours|reembols|rimbors|geannuleerd|anulowan|отмен"
    r"|возврат|zwróc|zruš|vrácen|devol|devuel|retour|makuler|peruutet|palautet|törölt|iade|скасован|повернен"
    r"|batal|dibatal|i.?ptal|hủy|đã hủy|ยกเลิก|ملغ|ακυρ|anulat|zwrot|cofni"
    r"|キャンセル|返品|返金|已取消|交易关闭|已关闭|已退款|已退货|취소|환불|반품)"
)
"""Pattern of statuses of orders that were not kept."""

PARTLY = r"parti|teil|(^|[^\pL])(not|no|non|nicht)[^\pL]"
"""Pattern of statuses such as "partially refunded" or "not returned"."""
