"""A preview of files as text for a terminal of 80 columns."""

import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from purchase_files.preview import FileFacts, LeftOut, Preview

WIDTH = 80

_LABEL = 12
_BAR = 50
_MAX_SKIPPED = 10
_MAX_BARS = 24
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def preview_lines(preview: Preview) -> Iterator[str]:
    """Yields the lines of a preview, at most 80 columns wide."""
    for file in preview.files:
        yield from _paragraph("File", _file(file))
    for reason in preview.skipped[:_MAX_SKIPPED]:
        yield from _paragraph("Skipped", shown(reason))
    if len(preview.skipped) > _MAX_SKIPPED:
        yield from _paragraph("Skipped", f"{len(preview.skipped) - _MAX_SKIPPED:,} other files")
    yield from _columns(preview)
    yield from _paragraph("Times", _times(preview))
    yield from _paragraph("Purchases", _purchases(preview))
    if preview.noticed:
        noticed = ", ".join(f"{rows:,} {what}" for what, rows in preview.noticed)
        yield from _paragraph("Rows", noticed)
    for status in preview.status_columns:
        values = ", ".join(f"{shown(value)} {rows:,}" for value, rows in status.values)
        yield from _paragraph("Status", f"{shown(status.column)}: {values} (choose with --where)")
    yield from _left_out(preview)
    if len(preview.by_month) > 1:
        yield ""
        yield from _picture(preview.by_month)
    if preview.hints:
        yield ""
    for hint in preview.hints:
        yield from _paragraph("Hint", hint)


def repeated_lines(rows: int) -> Iterator[str]:
    """Yields a line on rows that repeat a purchase, if there are any."""
    if rows:
        repeat = "row repeats" if rows == 1 else "rows repeat"
        text = f"{rows:,} {repeat} a purchase (same shopper, product and order, or time): load adds up quantities"
        yield from _paragraph("Repeated", text)


def shown(text: str) -> str:
    """Returns a text of a file without characters that would steer a terminal."""
    return "".join(character if character.isprintable() else "·" for character in text)


def _file(file: FileFacts) -> str:
    parts = [file.format]
    if file.separator is not None:
        parts.append(f"separated by {_SEPARATORS.get(file.separator, repr(file.separator))}")
    if file.encoding is not None:
        parts.append(file.encoding)
    lines = f"{file.lines:,} lines, " if file.lines != file.rows else ""
    return f"{shown(file.path)}: {', '.join(parts)}; {lines}{file.rows:,} rows of {file.role}"


_SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars", " ": "spaces"}


def _columns(preview: Preview) -> Iterator[str]:
    several = len(preview.files) > 1
    for column in preview.columns:
        name = f"{column.path}: {column.column}" if several else column.column
        yield from _paragraph("Column", f"{shown(name)} is {column.field} ({shown(column.why)})")
    if preview.unused_columns:
        yield from _paragraph("Not used", shown(", ".join(preview.unused_columns)))


def _times(preview: Preview) -> str:
    zone = f", in {preview.timezone} (--timezone)" if preview.timezone else ""
    if preview.first is None or preview.last is None:
        return "none"
    return f"{_day(preview.first)} to {_day(preview.last)}, written as {preview.date_format}{zone}"


def _day(time: datetime) -> str:
    return (time if time.tzinfo is None else time.astimezone(UTC)).strftime("%Y-%m-%d")


def _purchases(preview: Preview) -> str:
    sentences = [f"{preview.purchases:,} of {_count(preview.products, 'product')}"]
    if preview.orders:
        sentences[0] += f" in {_count(preview.orders, 'order')}"
    if preview.guest_purchases:
        sentences.append(f"{preview.guest_purchases:,} by guests")
    if preview.shoppers:
        sentences.append(
            f"{_count(preview.shoppers, 'shopper')} with {preview.purchases_per_shopper:.1f} purchases each, "
            f"{preview.bought_once_share:.0%} of them with one; "
            f"the largest has {preview.largest_shopper_share:.1%} of the purchases"
        )
    else:
        sentences.append("no known shopper")
    return "; ".join(sentences)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _left_out(preview: Preview) -> Iterator[str]:
    if not preview.left_out:
        yield from _paragraph("Left out", f"none of {_count(preview.rows, 'row')}")
        return
    yield from _paragraph("Left out", f"{preview.rows_left_out:,} of {_count(preview.rows, 'row')}:")
    for reason in preview.left_out:
        yield from _reason(reason)


def _reason(left_out: LeftOut) -> Iterator[str]:
    kind = "unreadable: " if left_out.unreadable else ""
    yield _fit(f"{left_out.rows:>{_LABEL - 1},} {kind}{shown(left_out.reason)}", WIDTH)
    for example in left_out.examples:
        yield _fit(f"{'':{_LABEL}}  line {example.line:,}: {shown(example.text)}", WIDTH)


def _picture(by_month: Sequence[tuple[str, int]]) -> Iterator[str]:
    """Draws purchases over time, by month, quarter or year."""
    periods = _periods(by_month)
    most = max(purchases for _, purchases in periods)
    yield "Purchases over time"
    for period, purchases in periods:
        whole, rest = divmod(round(8 * _BAR * purchases / most), 8)
        bar = (_EIGHTHS[8] * whole + _EIGHTHS[rest]).rstrip() or (_EIGHTHS[1] if purchases else "")
        yield f"{period:<{_LABEL}}{bar} {purchases:,}"


def _periods(by_month: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Purchases by month, quarter or year, whichever is not too many bars."""
    counts = dict(by_month)
    first, last = (_month_number(name) for name in (by_month[0][0], by_month[-1][0]))
    months = [(number, counts.get(_month_name(number), 0)) for number in range(first, last + 1)]
    size = next((size for size in (1, 3, 12, 120) if (last - first) // size < _MAX_BARS), 1200)
    sums: dict[str, int] = {}
    for number, purchases in months:
        name = _period_name(number // size * size, size)
        sums[name] = sums.get(name, 0) + purchases
    return list(sums.items())


def _month_number(name: str) -> int:
    year, month = name.split("-")
    return 12 * int(year) + int(month) - 1


def _month_name(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


def _period_name(number: int, size: int) -> str:
    if size == 1:
        return _month_name(number)
    return f"{number // 12:04} Q{number % 12 // 3 + 1}" if size == 3 else f"{number // 12:04}"


def _paragraph(label: str, text: str) -> Iterator[str]:
    wrapped = textwrap.wrap(text, WIDTH - _LABEL, break_on_hyphens=False) or [""]
    for number, line in enumerate(wrapped):
        yield _fit(f"{label if number == 0 else '':<{_LABEL}}{line}", WIDTH)


def _fit(text: str, cells: int) -> str:
    """Cuts a text to a number of terminal cells. Wide characters take two."""
    text, taken = text.rstrip(), 0
    for index, character in enumerate(text):
        taken += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if taken > cells:
            return text[: index - 1].rstrip() + "…"
    return text
