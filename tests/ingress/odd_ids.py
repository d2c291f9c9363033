"""Odd ids in their normal form, and a shop that uses them."""

import msgspec

from tests.support.builders.published_snapshots import ListedCatalog, shop

ODD_IDS = (
    "plain-1",
    "with space",
    "two  spaces",
    "50% off",
    "50%25",
    "%2F",
    "a%2Fb",
    "%00",
    "%",
    "a:b:c",
    "a,b;c",
    "a+b",
    "++",
    "back\\slash",
    "..\\..\\x",
    "...",
    ".hidden",
    "-",
    "~$&'()*=@!",
    'quoted "so"',
    "<b>{x}|^`",
    "user@shop.example",
    "v1",
    "auth",
    "é&ü=ß",
    "日本語のショップ",
    "🛒👩‍👩‍👧",
    "שלום עולם",
    "a\u00a0b",
    "q\u0301",
    "日" * 200,
    "%" * 200,
)
"""Proxies must not decode them twice, normalize them or cut them off."""


def shop_with_odd_ids() -> ListedCatalog:
    """The small shop, whose first products have these ids."""
    catalog = shop()
    names = {f"p{number}": odd for number, odd in enumerate(ODD_IDS)}
    catalog.product_list = [
        msgspec.structs.replace(product, id=names.get(product.id, product.id))
        for product in catalog.product_list
    ]
    catalog.purchase_list = [
        msgspec.structs.replace(purchase, product_id=names.get(purchase.product_id, purchase.product_id))
        for purchase in catalog.purchase_list
    ]
    return catalog
