"""Reading of files of purchases, whatever their format."""

import csv
import shutil
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Literal

from command_line.temporary_folders import TemporaryFolder
from purchase_files import engine
from purchase_files.columns.guesses import guess_dates
from purchase_files.columns.lookups import keys_of
from purchase_files.columns.recognition import Recognized
from purchase_files.columns.selection import check_tables, has_purchases, select_tables
from purchase_files.engine import Connection
from purchase_files.errors import NoTable, RefusedFile, StackedTables
from purchase_files.formats.containers import Input
from purchase_files.formats.continuations import with_continued
from purchase_files.formats.opening import Opened, open_sources
from purchase_files.formats.source import create_faulty_lines
from purchase_files.formats.text.headers import move_headers
from purchase_files.formats.text.separated import SeparatedFile
from purchase_files.formats.text.stacked import tables_of
from purchase_files.options import ReadingOptions
from purchase_files.purchase_data import PurchaseData
from purchase_files.rows.categories import name_keys, unite_products
from purchase_files.rows.conditions import Condition, decided_fields, parse_conditions
from purchase_files.rows.file_orders import in_one_order
from purchase_files.rows.hints import status_like
from purchase_files.rows.orders.repeated import tell_orders_apart
from purchase_files.rows.products import build_products
from purchase_files.rows.purchase_rows import Meaning, build_rows, create_no_rows, find_meaning, find_times
from purchase_files.rows.returns import net_returns
from purchase_files.rows.shoppers import build_users
from purchase_files.rows.summary import build_preview, refuse_empty, refuse_unreadable
from purchase_files.rows.texts import Table, can_take, join_texts, unite_role
from purchase_files.values.casts import TimeFormat, casts_of
from purchase_files.values.hashing import hash_users
from purchase_files.values.time_formats import day_first_format
from purchase_files.values.zones import check_zone

_MAX_VALUE, _MANY_TABLES = (1 << 31) - 1, 50
_ADDED = ("--map", "--dates")

Progress = Callable[[str], None]
"""Called with the name of each stage."""

STDIN: Literal["-"] = "-"


def open_purchases(
    paths: Sequence[Path | Literal["-"]],
    options: ReadingOptions | None = None,
    on_progress: Progress | None = None,
) -> PurchaseData:
    """Recognizes, reads and checks files. Close the result after use.

    Args:
        paths: files and folders, "-" for standard input. Files of orders, products and users are joined by their ids.
        options: decisions that override what is found in the files.
        on_progress: called with the name of each stage.

    Raises:
        RefusedFile: files that cannot be read, with the options that would help.
    """
    options = options or ReadingOptions()
    csv.field_size_limit(_MAX_VALUE)  # the default would end the reading at a picture in a value
    with _kept_input(paths) as inputs:
        try:
            return _open(inputs, options, on_progress)
        except RefusedFile as refusal:
            if not refusal.arguments:
                raise
            raise _with_all_arguments(refusal, inputs, options) from None


@contextmanager
def _kept_input(paths: Sequence[Path | Literal["-"]]) -> Iterator[list[Input]]:
    """Copies standard input and pipes to files that can be read several times."""
    with TemporaryFolder("standard-input") as folder:
        inputs = list[Input]()
        for path in paths:
            if path != STDIN and not Path(path).is_fifo():
                inputs.append(Input(Path(path), str(path)))
                continue
            copy = Path(folder, f"input{len(inputs)}")
            with copy.open("wb") as stream:
                if path == STDIN:
                    # It stays open: the next file or connection would have its number.
                    shutil.copyfileobj(sys.stdin.buffer, stream)
                else:
                    with Path(path).open("rb") as pipe:
                        shutil.copyfileobj(pipe, stream)
            inputs.append(Input(copy, "standard input" if path == STDIN else str(path)))
        yield inputs


def _open(
    inputs: Sequence[Input], options: ReadingOptions, on_progress: Progress | None = None
) -> PurchaseData:
    """Opens files, and those of several tables again as their parts."""
    stacked = set[str]()
    while True:
        try:
            return _open_once(inputs, options, on_progress or (lambda _: None), stacked)
        except StackedTables as found:
            if found.path in stacked:
                raise
            stacked.add(found.path)


def _open_once(
    inputs: Sequence[Input], options: ReadingOptions, on_progress: Progress, stacked: Collection[str]
) -> PurchaseData:
    folder = TemporaryFolder("purchase-files")
    connection = engine.open_engine(Path(folder.name), options.memory_bytes)
    try:
        return _Reader(connection, folder, options, on_progress, stacked).read(inputs)
    except BaseException:
        connection.close()
        folder.cleanup()
        raise


def _with_all_arguments(
    refusal: RefusedFile, inputs: Sequence[Input], options: ReadingOptions
) -> RefusedFile:
    """Adds the options that the files need beside those of `refusal`.

    One command line then holds all of them. Only columns and the order of dates are added. Other options are decisions
    about the data.
    """
    problems, arguments = [refusal.problem], refusal.arguments
    while all(name in _ADDED for name, _ in arguments):
        try:
            _open(inputs, options.with_arguments(arguments)).close()
            break
        except RefusedFile as further:
            known = {_what(each) for each in arguments}
            new = tuple(each for each in further.arguments if each[0] in _ADDED and _what(each) not in known)
            if not new:
                break
            problems.append(further.problem)
            arguments += new
    return RefusedFile("\n".join(problems), arguments)


def _what(argument: tuple[str, str]) -> tuple[str, str]:
    """Returns the option of an argument, with the field of `--map`."""
    name, value = argument
    return name, value.partition("=")[0] if name == "--map" else ""


class _Reader:
    """The stages of reading."""

    def __init__(
        self,
        connection: Connection,
        folder: TemporaryFolder,
        options: ReadingOptions,
        progress: Progress,
        stacked: Collection[str],
    ) -> None:
        self._stacked = stacked
        self._connection = connection
        self._folder = folder
        self._options = options
        self._progress = progress

    def read(self, inputs: Sequence[Input]) -> PurchaseData:
        check_zone(self._connection, self._options.timezone)
        self._progress("Recognizing columns")
        opened = self._opened(inputs)
        recognized, skipped = select_tables(with_continued(opened), self._options)
        conditions = parse_conditions(self._options.where, recognized)
        check_tables(recognized, self._options)
        self._progress("Reading")
        tables = self._load(recognized, conditions)
        refuse_empty(self._connection, tables)
        tables = in_one_order(self._connection, tables, self._options)
        self._progress("Checking")
        fields, meaning = self._read_purchases(recognized, tables, conditions)
        net_returns(self._connection)
        hints = tell_orders_apart(self._connection)
        product_fields = unite_products(self._connection, tables)
        build_products(self._connection, product_fields, self._options)
        user_fields = unite_role(self._connection, tables, "users")
        has_users = build_users(self._connection, user_fields, self._options)
        preview = build_preview(
            self._connection, tables, fields, meaning, skipped, self._options, hints=hints
        )
        try:
            refuse_unreadable(self._connection, tables, preview, self._options.bad_rows)
        except RefusedFile as refusal:
            self._refuse_stacked(recognized, refusal)
            raise
        return PurchaseData(self._connection, preview, self._folder, has_users=has_users)

    def _opened(self, inputs: Sequence[Input]) -> Iterator[tuple[str, Opened | NoTable]]:
        """Yields the tables, and says now and then how many there are."""
        tables = count(1)
        for source in inputs:
            for entry in open_sources(source, Path(self._folder.name), self._stacked):
                if not (number := next(tables)) % _MANY_TABLES:
                    self._progress(f"Recognizing columns, {number:,} tables so far")
                yield source.label, entry

    def _refuse_stacked(self, recognized: Sequence[Recognized], refusal: RefusedFile) -> None:
        """Refuses a file whose rows cannot be read because another table begins below."""
        for table in recognized:
            source = table.source
            if not isinstance(source, SeparatedFile) or source.path in self._stacked:
                continue
            if len(tables_of(source, Path(self._folder.name))) > 1:
                raise StackedTables(refusal.problem, source.path) from refusal

    def _read_purchases(
        self, recognized: Sequence[Recognized], tables: Sequence[Table], conditions: Sequence[Condition]
    ) -> tuple[tuple[str, ...], Meaning | None]:
        """Creates `purchase_rows`, and returns the fields and how they are written."""
        if not has_purchases(recognized):
            create_no_rows(self._connection)
            return (), None
        others = dict.fromkeys((*(condition.column for condition in conditions), *status_like(recognized)))
        fields = join_texts(self._connection, tables, tuple(others))
        counts = any(table.why.get("purchased_at", "name") != "name" for table in recognized)
        try:
            times = find_times(
                self._connection,
                fields,
                _labels(recognized),
                self._options,
                next((table.times for table in tables if table.times), None),
                counts=counts,
            )
        except RefusedFile as refusal:
            column = None if refusal.arguments else guess_dates(recognized)
            if column is None:
                raise
            raise RefusedFile(refusal.problem, (("--map", f"purchased_at={column}"),)) from None
        meaning = find_meaning(self._connection, fields, times, self._options)
        build_rows(self._connection, fields, meaning, conditions, decided_fields(conditions, recognized))
        if self._options.hash_key is not None:
            hash_users(self._connection, "purchase_rows", self._options.hash_key)
        return fields, meaning

    def _load(self, recognized: Sequence[Recognized], conditions: Sequence[Condition]) -> list[Table]:
        create_faulty_lines(self._connection)
        tables = []
        for number, table in enumerate(recognized):
            others = {*(condition.column for condition in conditions), *status_like(recognized)}
            extra = {index for index, column in enumerate(table.source.columns) if column in others}
            extra |= {index for index, _ in keys_of(table, recognized)}
            name = f"table{number}"
            source, wanted = table.source, sorted({*table.fields.values(), *extra})
            if len(recognized) == 1 and isinstance(source, SeparatedFile):
                split = {"purchased_at"} if table.has_split_time else set()
                fields = {field: index for field, index in table.fields.items() if field not in split}
                alone = can_take(table, [source.columns[index] for index in sorted(extra)])
                casts = casts_of(
                    source.columns,
                    source.sample,
                    fields,
                    self._day_first(source, fields),
                    keep_texts=not alone,
                )
                counts = source.load(self._connection, name, wanted, casts)
                form = casts.times
            else:
                counts, form = source.load(self._connection, name, wanted), None
            # Ids come first, whose distinct values are needed in any case.
            move_headers(self._connection, name, source, tuple(dict.fromkeys(table.fields.values())))
            tables.append(Table(table, name, counts, form))
        name_keys(self._connection, tables)
        return tables

    def _day_first(self, source: SeparatedFile, fields: Mapping[str, int]) -> TimeFormat | None:
        """Returns the format of times that do not begin with the year.

        It is None if the values at many places of the file do not decide it.
        """
        time, order = fields.get("purchased_at"), self._options.dates
        if time is None or order == "swapped":
            return None
        first = [value for row in source.sample if (value := row[time])]
        if not day_first_format(first[:1], "dmy"):
            return None  # most files begin with the year
        return day_first_format([*first, *source.spread_values(time)], order)


def _labels(recognized: Sequence[Recognized]) -> dict[str, str]:
    return {
        field: f"{table.source.path}, column {table.source.columns[index]!r}"
        for table in reversed(recognized)
        for field, index in table.fields.items()
    }
