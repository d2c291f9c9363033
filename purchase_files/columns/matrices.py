"""Tables with a column per product, shopper or day, and how to turn them."""

import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from purchase_files import engine
from purchase_files.columns.guesses import is_unnamed
from purchase_files.columns.names import ranks_of
from purchase_files.columns.recognition import Recognized
from purchase_files.errors import RefusedFile
from purchase_files.formats.reshaped.wide_tables import first_day, is_amount

_MIN_COLUMNS, _MIN_SHARE = 5, 0.6
_PERIODS = 0.4
_PERIOD = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"
    r"|(?:d|day|w|wk|week|kw|m|mon|month|q|t|period|tag|woche|monat|semaine|mois|dia|semana|mes)[ _.-]*\d+",
    re.IGNORECASE,
)
_TURNED = "turned.csv"

Kind = Literal["product", "shopper", "day or month"]

_VARIABLES: dict[Kind, str] = {"product": "product", "shopper": "user_id", "day or month": "purchased_at"}
"""Names of the column that the names of columns become."""


def check_matrices(recognized: Sequence[Recognized]) -> None:
    """Checks that no table has a column of numbers per product, shopper or day.

    Raises:
        RefusedFile: the message has a command line that turns the table.
    """
    for table in recognized:
        if kind := matrix_of(table):
            raise RefusedFile(_problem(table, kind))


def matrix_of(table: Recognized) -> Kind | None:
    """Returns what a table has a column of numbers for, or None."""
    numbers = _numbers(table)
    if len(numbers) < max(_MIN_COLUMNS, _MIN_SHARE * len(table.source.columns)) or is_unnamed(table):
        return None
    names = [table.source.columns[index] for index in numbers]
    periods = sum(bool(_PERIOD.fullmatch(name.strip()) or first_day(name)) for name in names)
    if periods >= _PERIODS * len(names):
        return "day or month"
    if not {"product_id", "title"} & table.fields.keys():
        return "product"
    return None if _has_owner(table) else "shopper"


def _has_owner(table: Recognized) -> bool:
    return bool({"user_id", "order_id"} & table.fields.keys())


def _numbers(table: Recognized) -> list[int]:
    """Returns the columns of numbers whose names are unknown."""
    return [
        index
        for index in table.unused
        if not ranks_of(table.source.columns[index])
        and all(is_amount((row[index] or "").strip()) for row in table.source.sample)
    ]


def _problem(table: Recognized, kind: Kind) -> str:
    numbers = _numbers(table)
    first, second = (table.source.columns[index] for index in numbers[:2])
    said = f"{table.source.path}: it looks like a table with a column per {kind} ({first}, {second} …)"
    if kind == "day or month" and not _has_owner(table):
        return (
            f"{said}, and without shoppers or orders. "
            "Give the purchases themselves, with a shopper or an order in each row"
        )
    return (
        f"{said}, but a row per purchase is needed. If it is one, turn it, and give {_TURNED}:\n"
        f"  {_command(table, numbers, _VARIABLES[kind])}\n"
        "If not, name the columns: --map user_id=COLUMN --map product_id=COLUMN --map purchased_at=COLUMN"
    )


def _command(table: Recognized, numbers: Sequence[int], variable: str) -> str:
    """Returns the command line that makes a row per number above zero.

    Without a column of shoppers or orders, each row becomes an order.
    """
    path, columns = Path(table.source.path), table.source.columns
    kept = [columns[index] for index in range(len(columns)) if index not in numbers]
    if not path.is_file() or not table.source.format.startswith("CSV"):
        return f"pandas.melt(table, {kept!r}, var_name={variable!r}, value_name='quantity')"
    made_up = not _has_owner(table) and variable != "user_id"
    kept += ["order_id"] * made_up
    rows = "(SELECT row_number() OVER () AS order_id, * FROM t)" if made_up else "t"
    others = f"* EXCLUDE ({', '.join(map(engine.name, kept))})" if kept else "*"
    # Double quotes alone can be read in a shell.
    code = (
        f"import duckdb; t = duckdb.read_csv({json.dumps(str(path))}, all_varchar=True); "
        f'duckdb.sql("""UNPIVOT {rows} ON COLUMNS({others}) INTO NAME {variable} VALUE quantity""")'
        f'.filter("try_cast(quantity AS DOUBLE) > 0").write_csv("{_TURNED}")'
    )
    return f".venv/bin/python -c {shlex.quote(code)}"
