"""Signs of money and words for taxes in names of columns."""

import re

TAXES = re.compile(
    r"(?i)(?<=[^\W\d])[\s_(\[/,.-]+(?:t\.?t\.?c|h\.?t|brutto|netto|bruto|neto|gross|net"
    r"|(?:inkl?|incl|excl|exkl|zzgl|inc|ex)\.?\s*(?:mwst|ust|btw|vat|tax|gst|moms|dph|iva|kdv|alv)?"
    r"|[cs]/iva|con iva|sin iva|iva inclu\w*|iva esclusa|s dph|bez dph|税込|税抜|含税"
    r"|eur|usd|gbp|chf|cad|aud|nzd|jpy|cny|rmb|inr|krw|brl|mxn|pln|czk|sek|nok|dkk|huf|ron|bgn|try|rub|zar|sgd|hkd|twd"
    r"|[€$£¥₽₹₺]|zł|kč|kr|円|元)[\s).\]]*$"
)

SIGN = re.compile(r"[€$£¥₽₹₺]")
MONEY = {"price", "line_total", "currency"}
"""Fields of columns whose names have the sign of a currency: `Venta $` is no order."""
