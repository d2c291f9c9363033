"""Validation and conversion of a column's values in batches.

Each function takes an Arrow array from a file and returns the array for the staging table. Checks run on whole arrays.
The invalid row is searched only after a check failed.
"""

from contextlib import suppress
from typing import Any, TypeAlias

import msgspec
import pyarrow as pa
import pyarrow.compute

from catalog.entities import Preferences
from catalog.ids import BLANKS, ID_RULE, MAX_ID_CHARACTERS, MAX_NORMALIZED
from catalog.instants import EARLIEST, LATEST, parse_instant

Values: TypeAlias = "pa.Array[Any]"
"""Values of one column in a batch."""

# The type stubs require wrapped scalars where the library accepts plain ones.
pc: Any = pyarrow.compute

_TRUE = pa.array(["true", "t", "yes", "y", "1"])
_FALSE = pa.array(["false", "f", "no", "n", "0"])
_MAX_SHOWN = 80
_EPOCH_MICROS = pa.timestamp("us", "UTC")


class BadValue(Exception):
    """A value is invalid.

    Attributes:
        index: index of the value in the array, from 0.
        problem: message that quotes the value.
    """

    def __init__(self, index: int, problem: str) -> None:
        super().__init__(problem)
        self.index = index
        self.problem = problem


def ids(values: Values) -> Values:
    """Converts ids to texts in Unicode form NFC without outer spaces. Null stays null."""
    if pa.types.is_floating(values.type) or pa.types.is_boolean(values.type):
        _reject_type(values, "ids must be texts or integers")
    found = _text(values)
    _reject(found, pc.greater(pc.utf8_length(found), MAX_NORMALIZED), f"is not a valid id: {ID_RULE}")
    found = _normalized(found)
    _reject(found, pc.equal(found, ""), f"is empty: {ID_RULE}")
    _reject(found, pc.greater(pc.utf8_length(found), MAX_ID_CHARACTERS), f"is not a valid id: {ID_RULE}")
    _reject(found, pc.match_substring_regex(found, r"[\p{Cc}/?#]|^\.\.?$"), f"is not a valid id: {ID_RULE}")
    return found


def _normalized(found: Values) -> Values:
    read: Values = pc.utf8_trim(pc.utf8_normalize(found, form="NFC"), characters=BLANKS)
    return read


def order_ids(values: Values) -> Values:
    """Converts ids of orders to texts. Empty ids become null."""
    found = optional_texts(values)
    _reject(
        found,
        pc.greater(pc.utf8_length(found), MAX_ID_CHARACTERS),
        f"is longer than {MAX_ID_CHARACTERS} characters",
    )
    _reject(found, pc.match_substring_regex(found, r"\p{Cc}"), "contains a control character")
    return found


def texts(values: Values) -> Values:
    """Converts values to texts. Null becomes the empty text."""
    found: Values = pc.fill_null(_text(values), "")
    return found


def optional_texts(values: Values) -> Values:
    """Converts values to texts. An empty text becomes null."""
    read = _text(values)
    found: Values = pc.if_else(pc.equal(read, ""), pa.scalar(None, pa.string()), read)
    return found


def prices(values: Values) -> Values:
    """Converts prices to finite numbers of at least 0."""
    problem = "is not a price. Write a finite number of at least 0"
    found = _numbers(values, problem)
    _reject(values, pc.invert(pc.and_(pc.is_finite(found), pc.greater_equal(found, 0.0))), problem)
    return found


def quantities(values: Values) -> Values:
    """Converts quantities to finite numbers, negative for refunds. Null becomes 1."""
    problem = "is not a quantity. Write a number other than 0"
    read = _numbers(values, problem)
    _reject(values, pc.invert(pc.and_(pc.is_finite(read), pc.not_equal(read, 0.0))), problem)
    found: Values = pc.fill_null(read, 1.0)
    return found


def booleans(values: Values) -> Values:
    """Converts booleans, written in any common form. Null becomes true."""
    found: Values
    if pa.types.is_boolean(values.type):
        found = pc.fill_null(values, True)
        return found
    words = pc.utf8_lower(pc.utf8_trim_whitespace(_text(values)))
    true, false = pc.is_in(words, _TRUE), pc.is_in(words, _FALSE)
    _reject(values, pc.invert(pc.or_(pc.or_(true, false), pc.is_null(words))), "is neither true nor false")
    found = pc.invert(false)
    return found


def times(values: Values) -> Values:
    """Converts timestamps, dates and RFC 3339 texts to microseconds since 1970.

    Times without a time zone are UTC.
    """
    problem = "is not a time. Write RFC 3339, as in 2026-05-17T09:30:00Z"
    values = _plain(values)
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        # Nanoseconds are truncated. A timestamp with a zone already counts from 1970 in UTC.
        zone = values.type.tz if pa.types.is_timestamp(values.type) else None
        found = _cast(_cast(values, pa.timestamp("us", zone), problem), pa.int64(), problem)
    else:
        if not _is_text(values) and values.null_count != len(values):
            _reject_type(values, "times must be timestamps, dates or RFC 3339 texts")
        found = _parse_times(_text(values), problem)
    outside = pc.or_(pc.less(found, EARLIEST), pc.greater(found, LATEST))
    _reject(values, outside, "is outside of the years 1900 to 9998")
    return found


def json_objects(values: Values) -> Values:
    """Converts JSON objects, structs and maps to JSON texts. Null becomes {}."""
    return _documents(values, dict[str, Any], "is not a JSON object")


def preferences(values: Values) -> Values:
    """Converts preferences in JSON or structs to JSON texts. Null becomes {}."""
    return _documents(values, Preferences, "is not a valid preferences object")


def _plain(values: Values) -> Values:
    kind: Any = values.type
    decoded: Values = pc.cast(values, kind.value_type) if pa.types.is_dictionary(kind) else values
    return decoded


def _is_text(values: Values) -> bool:
    kind = values.type
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_string_view(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
    )


def _text(values: Values) -> Values:
    values = _plain(values)
    if pa.types.is_nested(values.type):
        _reject_type(values, "a text is expected")
    if _is_text(values):
        # Cast to bytes first, since Arrow validates UTF-8 only then and files may contain invalid text.
        values = pc.cast(values, pa.binary())
    found = _cast(values, pa.string(), "is not valid UTF-8")
    _reject(found, pc.match_substring(found, "\x00"), "contains a NUL character")
    return found


def _numbers(values: Values, problem: str) -> Values:
    values = _plain(values)
    if _is_text(values):
        values = optional_texts(pc.utf8_trim_whitespace(_text(values)))
    elif not _is_number(values.type) and values.null_count != len(values):
        _reject_type(values, "numbers are expected")
    return _cast(values, pa.float64(), problem)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _parse_times(values: Values, problem: str) -> Values:
    zoned = pc.match_substring_regex(values, r"(Z|[+-]\d\d:?\d\d)$")
    nothing = pa.scalar(None, pa.string())
    try:
        with_zone = pc.cast(pc.if_else(zoned, values, nothing), _EPOCH_MICROS)
        without = pc.cast(pc.if_else(zoned, nothing, values), pa.timestamp("us"))
        found: Values = pc.coalesce(pc.cast(with_zone, pa.int64()), pc.cast(without, pa.int64()))
        return found
    except pa.ArrowInvalid:
        return parse_times_one_by_one(values, problem)


def parse_times_one_by_one(values: Values, problem: str) -> Values:
    """Converts texts to microseconds since 1970, one by one.

    Arrow parses only the common forms of times. Python parses all and finds the invalid value.

    Args:
        values: texts.
        problem: end of the message about an invalid value.

    Raises:
        BadValue: invalid time.
    """
    found: list[int | None] = []
    for index, value in enumerate(values.to_pylist()):
        try:
            found.append(None if value is None else parse_instant(value))
        except ValueError as error:
            raise BadValue(index, f"{_show(value)} {problem}") from error
    return pa.array(found, pa.int64())


def _documents(values: Values, kind: object, problem: str) -> Values:
    encoder, decoder = msgspec.json.Encoder(), msgspec.json.Decoder[object](kind)
    is_text = _is_text(_plain(values))
    rows = _text(values).to_pylist() if is_text else values.to_pylist(maps_as_pydicts="lossy")
    found: list[str] = []
    for index, value in enumerate(rows):
        try:
            if value is None:
                found.append("{}")
            elif is_text:
                found.append(encoder.encode(decoder.decode(value)).decode())
            else:
                filled = {key: field for key, field in value.items() if field is not None}
                found.append(encoder.encode(msgspec.convert(filled, kind)).decode())
        except (msgspec.MsgspecError, AttributeError, TypeError, ValueError) as error:
            raise BadValue(index, f"{_show(value)} {problem}: {error}") from error
    return pa.array(found, pa.string())


def _cast(values: Values, target: pa.DataType, problem: str) -> Values:
    try:
        return _try_cast(values, target)
    except pa.ArrowInvalid:
        index = _first_failing(values, target)
        raise BadValue(index, f"{_show_at(values, index)} {problem}") from None
    except pa.ArrowNotImplementedError:
        _reject_type(values, f"{target} is expected")
        raise


def _try_cast(values: Values, target: pa.DataType) -> Values:
    found: Values = pc.cast(values, options=pc.CastOptions(target, allow_time_truncate=True))
    return found


def _first_failing(values: Values, target: pa.DataType) -> int:
    low, high = 0, len(values)  # the first `low` values can be cast, the first `high` cannot
    while high - low > 1:
        middle = (low + high) // 2
        try:
            _try_cast(values.slice(low, middle - low), target)
            low = middle
        except pa.ArrowInvalid:
            high = middle
    return low


def _reject(values: Values, bad: Values, problem: str) -> None:
    index = pc.index(bad, True).as_py()
    if index >= 0:
        raise BadValue(index, f"{_show_at(values, index)} {problem}")


def _reject_type(values: Values, wanted: str) -> None:
    if len(values):
        raise BadValue(0, f"{_show_at(values, 0)} has the type {values.type}, but {wanted}")


def _show_at(values: Values, index: int) -> str:
    try:
        return _show(values[index].as_py())
    except (ValueError, OverflowError):
        return "a value that Python cannot show"  # such as a year with six digits


def _show(value: object) -> str:
    if isinstance(value, bytes):
        # CSV values are bytes and are shown as text, unless they are not UTF-8.
        with suppress(UnicodeDecodeError):
            value = value.decode()
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"
