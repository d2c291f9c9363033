"""Names of columns that are days, weeks or months."""

import re
from collections.abc import Collection

from purchase_files.formats.reshaped.baskets import DAY
from purchase_files.values.local_dates import month_of

_YEAR = r"(?P<year>(?:19|20)\d\d)"
_MONTHS = (
    re.compile(rf"{_YEAR}[-/._ ]?(?P<month>0[1-9]|1[0-2])(?:[-/._]01)?(?: 00:00:00)?"),
    re.compile(rf"(?P<month>0?[1-9]|1[0-2])[-/._]{_YEAR}"),
    re.compile(r"(?P<word>[^\W\d_]{3,})\.?[-/._' ]*(?P<year>(?:(?:19|20)\d\d|\d\d)?)"),
    re.compile(rf"{_YEAR}[-/._ ]*(?P<word>[^\W\d_]{{3,}})\.?"),
)
_COUNTED = re.compile(
    r"(?i)(?:(?P<day>d|day|tag|dia|día|jour)|(?P<week>w|wk|week|kw|woche|semana|semaine)"
    r"|m|mon|month|monat|mois|mes|q|t|period)[ _.-]*(?P<number>\d{1,4})"
)
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_PERIODS = 0.4
_DAYS_OF_WEEK, _DAYS_OF_MONTH = 7, 30
_MADE_UP_YEAR = DAY[:4]


def first_day(name: str) -> str | None:
    """Returns the first day of the month in a name.

    Such names are `2024-01` and `Jan 24`.
    """
    for form in _MONTHS:
        if found := form.fullmatch(name.strip()):
            parts = found.groupdict()
            month = month_of(parts["word"]) if "word" in parts else int(parts["month"])
            year = parts["year"] or _MADE_UP_YEAR
            if month is not None:
                return f"{year if len(year) > 2 else f'20{year}'}-{month:02}-01"
    return None


def counted_day(name: str) -> str | None:
    """Returns the number of the day in a name.

    Such names are `d_12`, `Week 3` and `Q2`. Months and longer periods count as 30 days.
    """
    found = _COUNTED.fullmatch(name.strip())
    if found is None:
        return None
    days = 1 if found["day"] else _DAYS_OF_WEEK if found["week"] else _DAYS_OF_MONTH
    return str(days * int(found["number"]))


def are_periods(names: Collection[str]) -> bool:
    """True if many names are days, weeks, months or the like."""
    periods = sum(
        bool(_DATE.fullmatch(name.strip()) or first_day(name) or counted_day(name)) for name in names
    )
    return periods > _PERIODS * len(names)


def is_date(name: str) -> bool:
    """True for a day, or a month of a year."""
    day = first_day(name)
    return _DATE.fullmatch(name.strip()) is not None or (day is not None and day[:4] != _MADE_UP_YEAR)
