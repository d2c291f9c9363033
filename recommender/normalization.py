"""Normal form of ids and names, the one that everything compares by."""

from unicodedata import normalize as unicode_form

BLANKS = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""Spaces of all scripts. Line breaks and tabs are control characters, which no id may contain."""

MAX_NORMALIZED = 1_000
"""Longest text, in characters, that is normalized: composing marks takes quadratic time in Python."""


def normalize(text: str) -> str:
    """Returns `text` in Unicode form NFC without outer spaces.

    A text longer than `MAX_NORMALIZED` stays as it is, because it is neither a valid id nor a valid name.
    """
    if len(text) > MAX_NORMALIZED:
        return text
    return text.strip(" ") if text.isascii() else unicode_form("NFC", text).strip(BLANKS)
