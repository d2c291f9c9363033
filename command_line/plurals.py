"""Numbers of things in messages."""


def counted(number: int, what: str, several: str = "") -> str:
    """Returns a number with its noun, such as "1 row" and "1,200 rows"."""
    return f"{number:,} {what if number == 1 else several or what + 's'}"
