"""Prices as text."""

from collections.abc import Mapping
from typing import Any

_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    "HUF": 0,  # ISO 4217 has 2, for coins that are out of use.
}
"""Decimals of currencies that do not have two (ISO 4217)."""


def price_text(product: Mapping[str, Any]) -> str:
    """The price with its currency, empty without one.

    It has the decimals of the currency, and more only where the price itself has.

    >>> price_text({"price": 1980.0, "currency": "JPY"}), price_text({"price": 1980.5, "currency": "JPY"})
    ('1,980 JPY', '1,980.50 JPY')
    >>> price_text({"price": 4.25, "currency": "KWD"}), price_text({"price": 4}), price_text({})
    ('4.250 KWD', '4.00', '')
    """
    price, currency = product.get("price"), product.get("currency") or ""
    if price is None:
        return ""
    decimals = _DECIMALS.get(currency, 2)
    if not decimals and price != int(price):
        decimals = 2
    return f"{price:,.{decimals}f} {currency}".strip()
