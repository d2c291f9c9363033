"""Checks and converts the values of one column, a batch at a time.

Checks run on whole arrays. The faulty row is searched only after a check has failed.
"""

from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from recommender.normalization import BLANKS, MAX_NORMALIZED

Values: TypeAlias = "pa.Array[Any]"
"""One column of a batch."""

# The stubs require scalars to be wrapped, although the library accepts plain ones.
pc: Any = pyarrow.compute

EARLIEST = -2_208_988_800
"""1900-01-01T00:00:00Z, in seconds since the epoch."""
LATEST = 253_370_764_799
"""The end of 9998, in seconds since the epoch. No time zone moves it past year 9999."""

_SHOWN_CHARACTERS = 80
_ZONE = r"([Zz]|[+-]\d\d:?\d\d)$"


class BadValue(Exception):
    """An invalid value.

    Attributes:
        index: position in the array, from 0.
        problem: a sentence that shows the value.
    """

    def __init__(self, index: int, problem: str) -> None:
        super().__init__(problem)
        self.index = index
        self.problem = problem


def texts(values: Values) -> Values:
    """Converts values to text. Null stays null.

    Raises:
        BadValue: bytes are not UTF-8, or the values are nested.
    """
    values = _decode_dictionary(values)
    if pa.types.is_nested(values.type):
        _reject_type(values, "text is expected")
    if _is_text(values.type):
        # Arrow checks UTF-8 only when casting from bytes, and a file may declare invalid bytes as text.
        values = pc.cast(values, pa.large_binary())
    return _cast(values, pa.large_string(), "is not valid UTF-8")


def ids(values: Values) -> Values:
    """Converts text or integers to ids in normal form.

    Raises:
        BadValue: an id is missing, or of another type.
    """
    values = _require_values(values)
    if not (_is_text(values.type) or pa.types.is_integer(values.type)):
        _reject_type(values, "ids must be text or integers")
    found = texts(values)
    normal: Values = pc.utf8_trim(pc.utf8_normalize(found, form="NFC"), characters=BLANKS)
    # A longer text is not normalized anywhere.
    kept: Values = pc.if_else(pc.greater(pc.utf8_length(found), MAX_NORMALIZED), found, normal)
    return kept


def seconds(values: Values) -> NDArray[np.int64]:
    """Converts times to whole seconds since the epoch. Times without a zone are UTC.

    Accepts timestamps of any unit, dates, RFC 3339 texts and integer seconds since the epoch.

    Raises:
        BadValue: a time is missing, invalid or outside the years 1900 to 9998.
    """
    values = _require_values(values)
    kind: Any = values.type
    outside = "is outside the years 1900 to 9998"
    if pa.types.is_timestamp(kind):
        found = _cast(values, pa.timestamp("s", kind.tz), outside)
    elif pa.types.is_date(kind):
        found = _cast(values, pa.timestamp("s"), outside)
    elif pa.types.is_integer(kind):
        outside += "; integers must be seconds since 1970, not milliseconds"
        found = _cast(values, pa.int64(), outside)
    elif _is_text(kind):
        found = _parse_times(texts(values))
    else:
        _reject_type(values, "times must be timestamps, dates, RFC 3339 texts or integer seconds since 1970")
    since = pc.cast(found, pa.int64())
    _reject_where(values, pc.or_(pc.less(since, EARLIEST), pc.greater(since, LATEST)), outside)
    array: NDArray[np.int64] = since.to_numpy(zero_copy_only=False)
    return array


def _decode_dictionary(values: Values) -> Values:
    kind: Any = values.type
    decoded: Values = pc.cast(values, kind.value_type) if pa.types.is_dictionary(kind) else values
    return decoded


def _require_values(values: Values) -> Values:
    values = _decode_dictionary(values)
    if values.null_count:
        raise BadValue(pc.index(pc.is_null(values), True).as_py(), "the value is missing")
    return values


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
    )


def _parse_times(found: Values) -> Values:
    zoned = pc.match_substring_regex(found, _ZONE)
    nothing = pa.scalar(None, found.type)
    try:
        with_zone = pc.cast(pc.if_else(zoned, found, nothing), pa.timestamp("us", "UTC"))
        without = pc.cast(pc.if_else(zoned, nothing, found), pa.timestamp("us"))
        micros = pc.coalesce(pc.cast(with_zone, pa.int64()), pc.cast(without, pa.int64()))
    except pa.ArrowInvalid:
        return _parse_one_by_one(found)
    since: Values = pc.divide(micros, 1_000_000)
    return since


def _parse_one_by_one(found: Values) -> Values:
    # Arrow parses only common formats. Python parses all of them, and finds the invalid value.
    since: list[int] = []
    listed: Any = found.to_pylist()
    for index, text in enumerate(listed):
        try:
            value = datetime.fromisoformat(text.strip().upper())
        except ValueError:
            problem = f"{_show(text)} is not a date; write RFC 3339, as in 2026-05-17T09:30:00Z"
            raise BadValue(index, problem) from None
        since.append(int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()))
    return pa.array(since, pa.int64())


def _cast(values: Values, target: pa.DataType, problem: str) -> Values:
    try:
        return _try_cast(values, target)
    except pa.ArrowInvalid:
        index = next(index for index in range(len(values)) if not _can_cast(values.slice(index, 1), target))
        raise BadValue(index, f"{_show_at(values, index)} {problem}") from None
    except pa.ArrowNotImplementedError:
        _reject_type(values, f"{target} is expected")
        raise


def _try_cast(values: Values, target: pa.DataType) -> Values:
    options = pc.CastOptions(target, allow_time_truncate=True)
    found: Values = pc.cast(values, options=options)
    return found


def _can_cast(values: Values, target: pa.DataType) -> bool:
    try:
        _try_cast(values, target)
    except pa.ArrowInvalid:
        return False
    return True


def _reject_where(values: Values, bad: Values, problem: str) -> None:
    index = pc.index(bad, True).as_py()
    if index >= 0:
        raise BadValue(index, f"{_show_at(values, index)} {problem}")


def _reject_type(values: Values, wanted: str) -> None:
    if len(values):
        raise BadValue(0, f"{_show_at(values, 0)} is of the type {values.type}; {wanted}")


def _show_at(values: Values, index: int) -> str:
    try:
        return _show(values[index].as_py())
    except (ValueError, OverflowError):
        return "a value that Python cannot show"  # for example a year of six digits


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
