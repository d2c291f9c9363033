"""A preview of files as text for a terminal."""

import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TextIO

from command_line.plurals import counted
from purchase_files.preview import FileFacts, LeftOut, Preview
from purchase_files.values.counted_times import ROW_ORDER

WIDTH = 80
"""Columns of a preview that goes to a file or to another program."""

_MIN_WIDTH, _MAX_WIDTH = 50, 120
_LABEL = 12
_BESIDE_BAR = 30
"""Columns beside a bar, for the period and the number."""

_MAX_SKIPPED = 10
_MAX_BARS = 24
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def width_of(stream: TextIO) -> int:
    """Columns of a preview on a stream: those of a terminal within limits."""
    if not stream.isatty():
        return WIDTH
    return max(_MIN_WIDTH, min(shutil.get_terminal_size((WIDTH, 24)).columns, _MAX_WIDTH))


def preview_lines(preview: Preview, width: int = WIDTH) -> Iterator[str]:
    """Yields the lines of a preview, at most `width` columns wide."""
    yield from map(_printable, _lines(preview, _Layout(width)))


def _lines(preview: Preview, layout: "_Layout") -> Iterator[str]:
    for file in preview.files:
        yield from layout.paragraph("File", _file(file))
    for reason in preview.skipped[:_MAX_SKIPPED]:
        yield from layout.paragraph("Skipped", reason)
    if len(preview.skipped) > _MAX_SKIPPED:
        yield from layout.paragraph("Skipped", counted(len(preview.skipped) - _MAX_SKIPPED, "other file"))
    for column in _columns(preview):
        yield from layout.paragraph("Column", column)
    if preview.unused_columns:
        yield from layout.paragraph("Not used", ", ".join(preview.unused_columns))
    yield from layout.paragraph("Times", _times(preview))
    yield from layout.paragraph("Purchases", _purchases(preview))
    if preview.noticed:
        noticed = ", ".join(f"{rows:,} {what}" for what, rows in preview.noticed)
        yield from layout.paragraph("Rows", noticed)
    for status in preview.status_columns:
        values = ", ".join(f"{value} {rows:,}" for value, rows in status.values)
        yield from layout.paragraph("Status", f"{status.column}: {values} (choose with --where)")
    yield from layout.left_out(preview)
    if len(preview.by_month) > 1:
        yield ""
        yield from layout.picture(preview.by_month)
    if preview.hints:
        yield ""
    for hint in preview.hints:
        yield from layout.paragraph("Hint", hint)


def repeated_lines(rows: int, width: int = WIDTH) -> Iterator[str]:
    """Yields a line on rows that repeat a purchase, if there are any."""
    if rows:
        repeat = "row repeats" if rows == 1 else "rows repeat"
        text = f"{rows:,} {repeat} a purchase (same shopper, product and order, or time): load adds up quantities"
        yield from _Layout(width).paragraph("Repeated", text)


def _printable(line: str) -> str:
    """Returns a line without characters of a file that would steer a terminal."""
    return "".join(character if character.isprintable() else "·" for character in line)


def _file(file: FileFacts) -> str:
    parts = [file.format]
    if file.separator is not None:
        parts.append(f"separated by {_SEPARATORS.get(file.separator, repr(file.separator))}")
    if file.encoding is not None:
        parts.append(file.encoding)
    lines = f"{counted(file.lines, 'line')}, " if file.lines != file.rows else ""
    return f"{file.path}: {', '.join(parts)}; {lines}{counted(file.rows, 'row')} of {file.role}"


_SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars", " ": "spaces"}


def _columns(preview: Preview) -> Iterator[str]:
    names = _file_names(preview)
    for column in preview.columns:
        name = f"{names[column.path]}: {column.column}" if len(names) > 1 else column.column
        yield f"{name} is {column.field} ({column.why})"


def _file_names(preview: Preview) -> dict[str, str]:
    """The name of each file by its path.

    Without folders, unless two files have the same name.
    """
    names = {file.path: PurePath(file.path).name for file in preview.files}
    return names if len(set(names.values())) == len(names) else {path: path for path in names}


def _times(preview: Preview) -> str:
    zone = f", in {preview.timezone} (--timezone)" if preview.timezone else ""
    if preview.first is None or preview.last is None:
        return "none"
    how = preview.date_format if preview.date_format == ROW_ORDER else f"written as {preview.date_format}"
    return f"{_day(preview.first)} to {_day(preview.last)}, {how}{zone}"


def _day(time: datetime) -> str:
    return (time if time.tzinfo is None else time.astimezone(UTC)).strftime("%Y-%m-%d")


def _purchases(preview: Preview) -> str:
    sentences = [f"{counted(preview.purchases, 'purchase')} of {counted(preview.products, 'product')}"]
    if preview.orders:
        sentences[0] += f" in {counted(preview.orders, 'order')}"
    if preview.guest_purchases:
        sentences.append(f"{preview.guest_purchases:,} by guests")
    if preview.shoppers:
        sentences.append(
            f"{counted(preview.shoppers, 'shopper')} with {preview.purchases_per_shopper:.1f} purchases each, "
            f"{preview.bought_once_share:.0%} of them with one; "
            f"the largest has {preview.largest_shopper_share:.1%} of the purchases"
        )
    else:
        sentences.append("no known shopper")
    return "; ".join(sentences)


@dataclass(frozen=True)
class _Layout:
    """Lines of at most `width` terminal cells."""

    width: int

    def paragraph(self, label: str, text: str) -> Iterator[str]:
        for number, line in enumerate(_wrapped(text, self.width - _LABEL)):
            yield f"{label if number == 0 else '':<{_LABEL}}{line}".rstrip()

    def left_out(self, preview: Preview) -> Iterator[str]:
        if not preview.left_out:
            yield from self.paragraph("Left out", f"none of {counted(preview.rows, 'row')}")
            return
        yield from self.paragraph("Left out", f"{preview.rows_left_out:,} of {counted(preview.rows, 'row')}:")
        for reason in preview.left_out:
            yield from self._reason(reason)

    def picture(self, by_month: Sequence[tuple[str, int]]) -> Iterator[str]:
        """Draws purchases over time, by month, quarter or year."""
        periods = _periods(by_month)
        most, longest = max(purchases for _, purchases in periods), self.width - _BESIDE_BAR
        yield "Purchases over time"
        for period, purchases in periods:
            whole, rest = divmod(round(8 * longest * purchases / most), 8)
            bar = (_EIGHTHS[8] * whole + _EIGHTHS[rest]).rstrip() or (_EIGHTHS[1] if purchases else "")
            yield f"{period:<{_LABEL}}{bar} {purchases:,}"

    def _reason(self, left_out: LeftOut) -> Iterator[str]:
        kind = "unreadable: " if left_out.unreadable else ""
        yield _fit(f"{left_out.rows:>{_LABEL - 1},} {kind}{left_out.reason}", self.width)
        for example in left_out.examples:
            yield _fit(f"{'':{_LABEL}}  line {example.line:,}: {example.text}", self.width)


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


def _wrapped(text: str, cells: int) -> list[str]:
    """Lines of a text, each of at most `cells` terminal cells.

    Longer words are broken.
    """
    lines = [""]
    for word in text.split():
        if lines[-1] and _cells(lines[-1]) + 1 + _cells(word) <= cells:
            lines[-1] += f" {word}"
            continue
        if lines[-1]:
            lines.append("")
        for character in word:
            if _cells(lines[-1]) + _cells(character) > cells:
                lines.append("")
            lines[-1] += character
    return lines


def _fit(text: str, cells: int) -> str:
    """Cuts a text to a number of terminal cells."""
    text, taken = text.rstrip(), 0
    for index, character in enumerate(text):
        taken += _cells(character)
        if taken > cells:
            return text[: index - 1].rstrip() + "…"
    return text


def _cells(text: str) -> int:
    """Terminal cells of a text. Wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
