"""The columns of tables, which sessions of the engine remember."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from purchase_files.engine import Connection, open_engine


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    opened = open_engine(tmp_path, 100 << 20)
    yield opened
    opened.close()


def test_columns_of_registered_rows_are_known_while_they_are_registered(connection: Connection) -> None:
    assert connection.columns("rows") == set()
    connection.register("rows", pa.table({"a": [1]}))
    assert connection.columns("rows") == {"a"}
    connection.register("rows", pa.table({"b": [1]}))
    assert connection.columns("rows") == {"b"}
    connection.unregister("rows")
    assert connection.columns("rows") == set()


def test_columns_that_another_session_adds_are_known(connection: Connection) -> None:
    connection.execute("CREATE TABLE numbers (a INTEGER)")
    other = connection.cursor()
    assert connection.columns("numbers") == other.columns("numbers") == {"a"}
    other.execute("ALTER TABLE numbers ADD COLUMN b INTEGER")
    assert connection.columns("numbers") == {"a", "b"}
    connection.execute("ALTER TABLE numbers ADD COLUMN c INTEGER")
    assert other.columns("numbers") == {"a", "b", "c"}
