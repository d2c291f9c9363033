"""Checks and conversions of columns."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.instants import from_micros, to_micros
from catalog.loading import values


def rejected(convert: object, array: pa.Array) -> tuple[int, str]:
    with pytest.raises(values.BadValue) as caught:
        convert(array)  # type: ignore[operator]
    return caught.value.index, caught.value.problem


def mislabelled_text(*raw: bytes) -> pa.Array:
    """Bytes that claim to be text, as a broken Parquet file may hold them."""
    data = pa.array(raw, pa.binary())
    return pa.StringArray.from_buffers(len(raw), *data.buffers()[1:])


TEXT_TYPES = [
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.binary(),
    pa.dictionary(pa.int8(), pa.string()),
]


@pytest.mark.parametrize("kind", TEXT_TYPES)
def test_texts_of_every_type_are_converted(kind: pa.DataType) -> None:
    array = pa.array(["a", None, ""]).cast(kind)
    assert values.texts(array).to_pylist() == ["a", "", ""]
    assert values.optional_texts(array).to_pylist() == ["a", None, None]


def test_ids_from_integers_and_texts_are_texts() -> None:
    assert values.ids(pa.array([7, None, -3])).to_pylist() == ["7", None, "-3"]
    assert values.ids(pa.array(["007", "NA"])).to_pylist() == ["007", "NA"]


@pytest.mark.parametrize("array", [pa.array([1.0]), pa.array([True]), pa.array([["a"]])])
def test_ids_of_other_types_are_rejected(array: pa.Array) -> None:
    assert "has the type" in rejected(values.ids, array)[1]


def test_error_names_the_first_bad_row() -> None:
    assert rejected(values.ids, pa.array(["a", "", "b/c"])) == (1, f"'' is empty: {values.ID_RULE}")
    index, problem = rejected(values.ids, pa.array(["a", "b", "c/d", ".."]))
    assert (index, problem.partition(":")[0]) == (2, "'c/d' is not a valid id")
    assert rejected(values.ids, pa.array(["x" * 300]))[1].startswith("'xxx")
    assert len(rejected(values.ids, pa.array(["x" * 5000]))[1]) < 250


@pytest.mark.parametrize("make", [mislabelled_text, lambda *raw: pa.array(raw, pa.binary())])
@pytest.mark.parametrize("bad", [0, 1, 2, 6])
def test_invalid_utf8_is_rejected(make: object, bad: int) -> None:
    raw = [b"ok"] * 7
    raw[bad] = b"caf\xe9"
    index, problem = rejected(values.texts, make(*raw))  # type: ignore[operator]
    assert index == bad
    assert "is not valid UTF-8" in problem
    assert "xe9" in problem


def test_nul_character_is_rejected() -> None:
    assert rejected(values.optional_texts, pa.array(["a", "b\0"])) == (1, "'b\\x00' contains a NUL character")


def test_order_ids_are_validated() -> None:
    assert values.order_ids(pa.array(["2026/1", "", None])).to_pylist() == ["2026/1", None, None]
    assert values.order_ids(pa.array([12])).to_pylist() == ["12"]
    assert rejected(values.order_ids, pa.array(["a", "x" * 201]))[0] == 1
    assert rejected(values.order_ids, pa.array(["a\x1f"]))[0] == 0


@pytest.mark.parametrize(
    "array",
    [
        pa.array(["1.5", None, " 2 ", ""]),
        pa.array([1.5, None, 2, None]),
        pa.array([Decimal("1.5"), None, Decimal("2.0"), None]),
    ],
)
def test_prices_of_every_type_are_converted(array: pa.Array) -> None:
    assert values.prices(array).to_pylist() == [1.5, None, 2.0, None]


@pytest.mark.parametrize("bad", ["NaN", "inf", "-inf", "-0.01", "1,5", "1_000", "€ 3", "1e999"])
def test_bad_prices_in_texts_are_rejected(bad: str) -> None:
    index, problem = rejected(values.prices, pa.array(["1", "2", bad, "3"]))
    assert index == 2
    assert problem == f"{bad!r} is not a price. Write a finite number of at least 0"


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0])
def test_bad_prices_in_numbers_are_rejected(bad: float) -> None:
    assert rejected(values.prices, pa.array([1.0, None, bad]))[0] == 2
    assert "numbers are expected" in rejected(values.prices, pa.array([True]))[1]


@pytest.mark.parametrize("bad", ["0", "NaN", "two", "-inf"])
def test_bad_quantities_are_rejected(bad: str) -> None:
    assert values.quantities(pa.array(["2", None, "-1"])).to_pylist() == [2.0, 1.0, -1.0]
    index, problem = rejected(values.quantities, pa.array(["1", bad]))
    assert (index, problem) == (1, f"{bad!r} is not a quantity. Write a number other than 0")


def test_booleans_of_every_type_are_converted() -> None:
    assert values.booleans(pa.array([True, None, False])).to_pylist() == [True, True, False]
    assert values.booleans(pa.array(["Yes", "0", None, " TRUE ", "n"])).to_pylist() == [
        True,
        False,
        True,
        True,
        False,
    ]
    assert values.booleans(pa.array([1, 0])).to_pylist() == [True, False]
    assert rejected(values.booleans, pa.array(["yes", "maybe"])) == (1, "'maybe' is neither true nor false")


MOMENT = datetime(2026, 5, 17, 9, 30, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "array",
    [
        pa.array([MOMENT], pa.timestamp("us", "UTC")),
        pa.array([MOMENT], pa.timestamp("us", "Asia/Tokyo")),
        pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("us")),
        pa.array([to_micros(MOMENT) * 1000 + 999]).cast(pa.timestamp("ns")),
        pa.array(["2026-05-17T09:30:00.123456Z"]),
        pa.array(["2026-05-17T11:30:00.123456+02:00"]),
        pa.array(["2026-05-17 09:30:00.123456"]),
        pa.array(["2026-05-17t09:30:00.123456789z"]),
        pa.array([b"2026-05-17T09:30:00.123456Z"]),
    ],
)
def test_times_of_every_type_are_converted(array: pa.Array) -> None:
    assert [from_micros(value) for value in values.times(array).to_pylist()] == [MOMENT]


def test_mixed_missing_and_date_only_times_are_converted() -> None:
    mixed = values.times(pa.array(["2026-01-01", None, "2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00Z"]))
    micros = to_micros(datetime(2026, 1, 1, tzinfo=UTC))
    assert mixed.to_pylist() == [micros, None, micros - 3_600_000_000, micros]
    assert values.times(pa.array([date(2026, 1, 1)])).to_pylist() == [micros]
    assert values.times(pa.nulls(2)).to_pylist() == [None, None]


@given(
    st.lists(
        st.datetimes(
            datetime(1900, 1, 2), datetime(9998, 1, 1), timezones=st.just(timezone(timedelta(hours=-7)))
        ),
        min_size=1,
        max_size=5,
    )
)
def test_arrow_and_python_parse_times_alike(moments: list[datetime]) -> None:
    texts = pa.array([moment.isoformat() for moment in moments])
    thorough = values.parse_times_one_by_one(texts, "")
    assert (
        values.times(texts).to_pylist() == thorough.to_pylist() == [to_micros(moment) for moment in moments]
    )


@pytest.mark.parametrize(
    "bad", ["yesterday", "1483271606", "2026-13-01", "01/02/2026", "2026-01-01T25:00:00Z"]
)
def test_invalid_times_are_rejected(bad: str) -> None:
    index, problem = rejected(values.times, pa.array(["2026-01-01", None, bad]))
    assert index == 2
    assert problem.startswith(f"{bad!r} is not a time. Write RFC 3339")


def test_times_out_of_range_or_of_other_types_are_rejected() -> None:
    assert "1900 to 9998" in rejected(values.times, pa.array(["0001-01-01T00:00:00Z"]))[1]
    far = pa.array([2**62]).cast(pa.timestamp("us"))
    assert "1900 to 9998" in rejected(values.times, far)[1]
    farther = pa.array([0, 2**60]).cast(pa.timestamp("s"))
    assert rejected(values.times, farther)[0] == 1
    assert "times must be timestamps" in rejected(values.times, pa.array([1483271606]))[1]


def test_attributes_from_texts_structs_and_maps_are_json() -> None:
    def read(array: pa.Array) -> list[object]:
        return [json.loads(text) for text in values.json_objects(array).to_pylist()]

    assert read(pa.array(['{"a": [1]}', None, ""]).cast(pa.string())[:2]) == [{"a": [1]}, {}]
    assert read(pa.array([{"a": 1, "b": None}, None])) == [{"a": 1}, {}]
    maps = pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64()))
    assert read(maps) == [{"a": 1}, {}]


@pytest.mark.parametrize("bad", ["[1]", "{", "x", '{"a": NaN}'])
def test_bad_attributes_are_rejected(bad: str) -> None:
    index, problem = rejected(values.json_objects, pa.array(["{}", bad]))
    assert index == 1
    assert "is not a JSON object" in problem


def test_preferences_are_converted_or_rejected() -> None:
    good = values.preferences(pa.array(['{"liked_brands": ["B"]}', None])).to_pylist()
    assert json.loads(good[0])["liked_brands"] == ["B"]
    assert good[1] == "{}"
    for bad in ('{"liked_brands": 3}', '{"likes": []}', '{"price_min": -1}'):
        assert rejected(values.preferences, pa.array([bad]))[0] == 0
    assert rejected(values.preferences, pa.array([5]))[0] == 0
