"""Conditions on columns, such as `status=paid`, and statuses that are no purchases."""

import csv
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from purchase_files import engine
from purchase_files.columns.recognition import Recognized, find_column
from purchase_files.engine import Connection
from purchase_files.errors import RefusedFile
from purchase_files.values.distinct import distinct_values, holds
from purchase_files.vocabulary.kinds import BOUGHT_EVENTS, LINE_EVENTS, NOT_BOUGHT, PARTLY

_CONDITION = re.compile(r"(?P<column>.+?)\s*(?P<sign>!=|=)\s*(?P<values>.*)", re.DOTALL)
_AND = re.compile(r"\s+AND\s+(?=[^=]*=)")

_CLOSED = r"(^|[^\pL])closed"
_MOST = 0.5
"""Share of closed rows above which orders that were paid are closed. In other shops, those that were canceled are."""

_WHOLE_ORDERS = ("transaction", "order", "sale", "payment")


def bought_events(connection: Connection) -> tuple[str, ...]:
    """Returns the kinds of events of `purchase_texts` that are purchases, in lower case."""
    values = distinct_values(connection, "purchase_texts", "event")
    [has_lines] = holds(connection, values, f"lower(trim(v)) IN ({engine.texts(LINE_EVENTS)})")
    if not has_lines:
        return BOUGHT_EVENTS
    return (*LINE_EVENTS, *(event for event in BOUGHT_EVENTS if event not in _WHOLE_ORDERS))


@dataclass(frozen=True)
class Condition:
    """A condition: the column has one of some values, or none of them."""

    column: str
    values: tuple[str, ...]
    negated: bool

    def __str__(self) -> str:
        return f"{self.column}{'!=' if self.negated else '='}{','.join(self.values)}"

    def sql(self) -> str:
        """Returns SQL that is true where the condition holds."""
        value = f"lower(nfc_normalize(trim(coalesce({engine.name(f'column {self.column}')}, ''))))"
        # Ids are shown without the `.0` that a column of numbers may have.
        values = (*self.values, *(f"{value}.0" for value in self.values if value.isdecimal()))
        wanted = ", ".join(f"lower(nfc_normalize({engine.text(value)}))" for value in values)
        return f"{value} {'NOT IN' if self.negated else 'IN'} ({wanted})"


def not_bought(connection: Connection) -> str:
    """Returns SQL that is true for the statuses of `purchase_texts` that are no purchases.

    Closed orders are purchases if most rows are closed, of those that were not canceled.
    """
    status = "lower(trim(status))"
    lost = is_lost(status)
    closed = f"regexp_matches({status}, {engine.text(_CLOSED)})"
    [share] = engine.row(
        connection, f"SELECT coalesce(avg({closed}::INTEGER) FILTER (NOT ({lost})), 0) FROM purchase_texts"
    )
    return lost if share > _MOST else f"({lost} OR {closed})"


def is_lost(status: str) -> str:
    """Returns SQL that is true for statuses such as "refunded", in lower case."""
    partly = f"regexp_matches({status}, {engine.text(PARTLY)})"
    return f"regexp_matches({status}, {engine.text(NOT_BOUGHT)}) AND NOT {partly}"


def decided_fields(conditions: Sequence[Condition], tables: Sequence[Recognized]) -> set[str]:
    """Returns the fields whose wanted values are named by conditions.

    No other values of them are left out.
    """
    wanted = {condition.column for condition in conditions if not condition.negated}
    return {
        field
        for table in tables
        for field, index in table.fields.items()
        if table.source.columns[index] in wanted
    }


def option_without(field: str, value: str) -> str:
    """Returns the option that leaves out rows with a value.

    It is quoted for a shell.
    """
    return f"--where {shlex.quote(f'{field}!={quoted(value)}')}"


def quoted(value: str) -> str:
    """Returns a value as a condition holds it, in quotes if it has commas."""
    return '"' + value.replace('"', '""') + '"' if set(value) & set(',"') else value


def parse_conditions(texts: Sequence[str], tables: Sequence[Recognized]) -> tuple[Condition, ...]:
    """Parses conditions such as `status=paid,shipped` or `product_id!=POST`.

    A field stands for its column. A value with a comma is quoted: `title!="Salt, fine"`. AND joins conditions.

    Raises:
        RefusedFile: no condition, or no such column.
    """
    return tuple(_parse(part, tables) for text in texts for part in _AND.split(text))


def _parse(text: str, tables: Sequence[Recognized]) -> Condition:
    found = _CONDITION.fullmatch(text.strip())
    if found is None:
        raise RefusedFile(f"--where {text!r} is no condition. Write COLUMN=VALUE or COLUMN!=VALUE")
    values = tuple(
        value.strip() for value in next(csv.reader([found["values"]], skipinitialspace=True), [""])
    )
    for table in tables:
        index = find_column(table.source, found["column"])
        index = table.fields.get(found["column"]) if index is None else index
        if index is not None:
            return Condition(table.source.columns[index], values, found["sign"] == "!=")
    names = ", ".join(dict.fromkeys(column for table in tables for column in table.source.columns))
    raise RefusedFile(f"--where {text!r} names no column. The columns are {names}")
