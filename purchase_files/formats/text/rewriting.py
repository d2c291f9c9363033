"""Text files that become separated values, such as boxes and fixed widths.

A line stays one line, so that lines keep their numbers.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial

from purchase_files.formats.text.layout import known_names
from purchase_files.formats.text.lines import SEPARATORS

Rewrite = Callable[[str], str]

_MIN_LINES, _MAX_CHARACTERS = 3, 20_000
_MIN_WRAPPED = 20
_MIN_COLUMNS, _MIN_NAMES = 3, 2
_MOST = 0.9
_WRAPPED = re.compile(r'"((?:[^"]|"")*)"([;,\t]*)')
_RULES = frozenset("+|-:= \t─━┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬═│║")
"""Characters of the lines that a box draws between a header and rows."""
_NUMBERS = re.compile(r"[\d.:/ -]+")
_DASHES = re.compile(r"\s*-+(?: +-+)+\s*")
_QUOTES = {"'": "'", "“": "”", "‘": "’", "«": "»", "„": "“", "`": "`"}


def find_rewrite(lines: Sequence[str]) -> Rewrite | None:
    """Returns a function that makes lines of separated values, if needed.

    Args:
        lines: lines at the start of a file.
    """
    filled = [line for line in lines if line.strip()]
    if len(filled) < _MIN_LINES or max(map(len, filled)) > _MAX_CHARACTERS:
        return None
    width = _separators(filled[0])
    rows = [line for line in filled[1:_MIN_WRAPPED] if _is_wrapped(line) or _separators(line) > width / 2]
    if rows and all(map(_is_wrapped, rows)):
        return _unwrapped
    if any("::" in line for line in filled) and _share(filled, lambda line: line.count("::") > 1) >= _MOST:
        return lambda line: line.replace("::", "\t")
    return _without_box(filled) or _fixed_widths(filled) or _spaced_numbers(filled) or _plain_quotes(filled)


def _is_wrapped(line: str) -> bool:
    """True if quotes are around a whole line of several values.

    A spreadsheet that took the line for one cell may have added empty cells, with another separator.
    """
    if (found := _WRAPPED.fullmatch(line)) is None:
        return False
    inner, added = found.groups()
    separators = [inner.count(by) for by in SEPARATORS if by not in added]
    return max(separators) >= (_MIN_COLUMNS if added else 1)


def _separators(line: str) -> int:
    return max(map(line.count, SEPARATORS))


def _unwrapped(line: str) -> str:
    """Returns a line without the quotes around it, if it has any."""
    found = _WRAPPED.fullmatch(line)
    return found[1].replace('""', '"') if found and _separators(found[1]) else line.rstrip(";\t")


def _without_box(lines: Sequence[str]) -> Rewrite | None:
    """Rewrites the tables that psql, mysql and Markdown draw."""
    if not any(_is_rule(line) and set(line) & set("+|─┼═") for line in lines[:_MIN_LINES]):
        return None
    bar = max("|│║┃", key=lambda bar: sum(bar in line for line in lines))
    if _share(lines, lambda line: bar in line) <= 1 / 2:
        return None

    def rewrite(line: str) -> str:
        if _is_rule(line):
            return ""
        text = line.strip()
        if bar not in text:
            return line
        values = text.removeprefix(bar).removesuffix(bar) if text.startswith(bar) else text
        return "\t".join(value.strip().replace("\t", " ") for value in values.split(bar))

    return rewrite


def _is_rule(line: str) -> bool:
    return _RULES.issuperset(line) and any(dashes in line for dashes in ("--", "─", "═", "━"))


def _fixed_widths(lines: Sequence[str]) -> Rewrite | None:
    """Rewrites columns of fixed widths, which no sign separates."""
    if any(by in lines[0] for by in SEPARATORS):
        return None
    ruled = next((line for line in lines[1:_MIN_LINES] if _DASHES.fullmatch(line)), None)
    starts = (
        [found.start() for found in re.finditer("-+", ruled)] if ruled is not None else _column_starts(lines)
    )
    if len(starts) < _MIN_COLUMNS or known_names(_cut(lines[0], starts) or []) < _MIN_NAMES:
        return None

    def rewrite(line: str) -> str:
        if _DASHES.fullmatch(line):
            return ""
        values = _cut(line, starts)
        return line if values is None else "\t".join(value.replace("\t", " ") for value in values)

    return rewrite


def _spaced_numbers(lines: Sequence[str]) -> Rewrite | None:
    """Rewrites rows of numbers between spaces, without names of columns."""
    widths = {len(line.split()) for line in lines}
    if len(widths) > 1 or min(widths) < _MIN_COLUMNS or not all(map(_NUMBERS.fullmatch, lines)):
        return None
    return lambda line: "\t".join(line.split())


def _column_starts(lines: Sequence[str]) -> list[int]:
    """Returns where columns begin: behind places that are blank in all lines."""
    width = max(map(len, lines))
    blank = [all(line[place : place + 1] in {"", " "} for line in lines) for place in range(width)]
    starts = [place for place in range(width) if not blank[place] and (not place or blank[place - 1])]
    # Words of a value have no name above them.
    ends = [*starts[1:], width]
    return [start for start, end in zip(starts, ends, strict=True) if lines[0][start:end].strip()]


def _cut(line: str, starts: Sequence[int]) -> list[str] | None:
    """Returns the values of a line that fits into the columns."""
    if any(start and line[start - 1 : start].strip() for start in starts):
        return None
    ends = [*starts[1:], len(line)]
    return [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _plain_quotes(lines: Sequence[str]) -> Rewrite | None:
    """Rewrites single and typographic quotes around values."""
    for opening, closing in _QUOTES.items():
        if _share(lines, partial(_contains, opening)) < _MOST:
            continue  # a search for values takes far longer
        by = "|".join(re.escape(separator) for separator in SEPARATORS)
        value = re.compile(
            rf"(?P<before>^|{by}){re.escape(opening)}(?P<value>.*?){re.escape(closing)}(?={by}|$)"
        )
        if _share(lines, partial(_has_several, value)) >= _MOST:
            return partial(value.sub, _quoted)
    return None


def _contains(text: str, line: str) -> bool:
    return text in line


def _has_several(value: re.Pattern[str], line: str) -> bool:
    return len(value.findall(line)) > 1


def _quoted(found: re.Match[str]) -> str:
    return found["before"] + '"' + found["value"].replace("''", "'").replace('"', '""') + '"'


def _share(lines: Sequence[str], condition: Callable[[str], bool]) -> float:
    return sum(map(condition, lines)) / len(lines)
