"""Selection of the tables that are read, and the checks of their columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from purchase_files.columns.guesses import guess, guess_missing, is_unnamed, lists_orders
from purchase_files.columns.lacks import LACKS, has_orders, has_products
from purchase_files.columns.lookups import with_lookups
from purchase_files.columns.matrices import check_matrices, turned
from purchase_files.columns.ranks import FIELDS_OF_ROLE
from purchase_files.columns.recognition import Recognized, find_column, recognize
from purchase_files.errors import NoTable, RefusedFile
from purchase_files.formats.opening import Opened
from purchase_files.formats.reshaped.periods import first_day
from purchase_files.formats.reshaped.wide_tables import COLUMN_NAMES
from purchase_files.options import ReadingOptions
from purchase_files.vocabulary.names import plain

_SHOWN, _SHOWN_CHARACTERS = 60, 80
_AMOUNTS = {"quantity", "price", "line_total"}


def select_tables(
    opened: Iterable[tuple[Path | str, Opened | NoTable]], options: ReadingOptions
) -> tuple[list[Recognized], list[str]]:
    """Returns the tables, and the reasons to skip other files of folders and archives."""
    found, skipped = list[tuple[bool, Recognized]](), list[str]()
    for path, entry in opened:
        if isinstance(entry, NoTable):
            skipped.append(entry.problem)
        else:
            role = options.roles.get(str(path))
            table = turned(recognize(entry.source, options.mapping, role), options.mapping, role)
            found.append((entry.alone, table))
    if not found:
        raise RefusedFile("\n".join(skipped) or "no file is given")
    described = with_lookups([table for _, table in found])
    found = [(alone, table) for (alone, _), table in zip(found, described, strict=True)]
    for lack in LACKS:
        lacking = {
            id(table): what
            for _, table in found
            if table.source.path not in options.roles and (what := lack(table, described))
        }
        skipped += [
            f"{table.source.path} has {what}" for _, table in found if (what := lacking.get(id(table)))
        ]
        found = [(alone, table) for alone, table in found if id(table) not in lacking]
    known = [table for alone, table in found if alone or table.is_known]
    if any(map(has_orders, known)) and not any(map(has_products, known)):
        known += [table for _, table in found if has_orders(table) and table not in known]
    if not any(table.is_known for table in known):
        return [table for _, table in found], skipped
    unknown = [table.source.path for _, table in found if table not in known]
    return _aligned(_orders_of_lines(known)), [
        *skipped,
        *(f"{path} has no column that is needed" for path in unknown),
    ]


def _orders_of_lines(tables: Sequence[Recognized]) -> list[Recognized]:
    """Returns the tables, with orders of a product as orders beside their lines.

    The purchases would count twice otherwise.
    """
    lines = [table for table in tables if has_products(table) and "purchased_at" not in table.fields]
    lines = [table for table in lines if has_orders(table) and _AMOUNTS & table.fields.keys()]
    return [
        _as_orders(table) if any(_names_orders_of(table, each) for each in lines) else table
        for table in tables
    ]


def _names_orders_of(table: Recognized, lines: Recognized) -> bool:
    if not {"order_id", "purchased_at"} <= table.fields.keys() or not has_products(table):
        return False
    ids, known = ({row[each.fields["order_id"]] for row in each.source.sample} for each in (table, lines))
    return not _AMOUNTS & table.fields.keys() and not ids.isdisjoint(known)


def _as_orders(table: Recognized) -> Recognized:
    fields = {field: index for field, index in table.fields.items() if field in FIELDS_OF_ROLE["orders"]}
    return replace(table, role="orders", fields=fields)


def _aligned(tables: Sequence[Recognized]) -> list[Recognized]:
    """Lets tables of products and orders use the purchases' name of the id."""
    keys = {
        (role, field): plain(table.source.columns[table.fields[field]])
        for table in tables
        if table.role == "purchases"
        for role, field in (("products", "product_id"), ("orders", "order_id"))
        if field in table.fields
    }
    return [_with_key(table, keys) for table in tables]


def _with_key(table: Recognized, keys: Mapping[tuple[str, str], str]) -> Recognized:
    for (role, field), name in keys.items():
        index = find_column(table.source, name)
        if table.role == role and index is not None and table.why.get(field) != "--map":
            others = {other: at for other, at in table.fields.items() if at != index}
            return replace(
                table, fields={**others, field: index}, why={**table.why, field: "name"}, rivals={}
            )
    return table


def check_tables(recognized: Sequence[Recognized], options: ReadingOptions) -> None:
    """Checks that all required fields have one column.

    Raises:
        RefusedFile: a field has none, or several fit.
    """
    for field, column in options.mapping.items():
        if column and not any(find_column(table.source, column) is not None for table in recognized):
            lacking = "columns of numbers to turn" if column == COLUMN_NAMES else "this column"
            raise RefusedFile(f"--map {field}={column}: no file has {lacking}. {_columns(recognized)}")
    if all(table.role == options.roles.get(table.source.path) for table in recognized):
        return
    _check_rivals(recognized)
    missing = _missing(recognized, options)
    if not missing:
        return
    _check_rows(recognized)
    check_matrices(recognized, missing)
    names = ", ".join(dict.fromkeys(table.source.path for table in recognized))
    are_products = bool(recognized) and all(table.role == "products" for table in recognized)
    if are_products and not (guess(recognized, "purchased_at") and guess(recognized, "user_id")):
        raise RefusedFile(f"{names}: this lists products, not purchases. Give a file of purchases, too")
    if "product_id" in missing:
        _check_sums(names, recognized)
    taken = guess_missing(recognized, missing)
    if "COLUMN" in taken and any(map(lists_orders, recognized)):
        raise RefusedFile(
            f"{names}: there are no products in it. Each row is an order, and no column is known to tell what was "
            "bought. Give a file of the orders' lines, too, with an order and a product in each row. "
            f"{_columns(recognized)}. If one of these has products after all, put its name in place of COLUMN",
            tuple(("--map", f"{field}={column}") for field, column in zip(missing, taken, strict=True)),
        )
    unknown = _advice(dict(zip(missing, taken, strict=True)), are_products=are_products)
    raise RefusedFile(
        f"{names}: no column is known to be {' or '.join(missing)}. {_columns(recognized)}{unknown}",
        tuple(("--map", f"{field}={column}") for field, column in zip(missing, taken, strict=True)),
    )


def _advice(taken: Mapping[str, str], *, are_products: bool) -> str:
    """Returns sentences on missing fields and the columns that are offered for them."""
    said = ". Put the right name in place of COLUMN" if "COLUMN" in taken.values() else ""
    if "product_id" in taken:
        said += ". If none has products, give the lines of the orders, too"
    if are_products:
        said += ". If it lists products, give a file of purchases, too"
    if "order_id" in taken:
        said += ". No row of products names its order, so what the orders tell is not known of them"
    if taken.get("user_id") == "":
        said += (
            ". If no column tells shoppers apart, name one that tells orders apart: --map order_id=COLUMN. Without "
            "any, user_id= takes each row for an order of a guest, so that only popular products can be recommended"
        )
    if taken.get("purchased_at") == "":
        said += ". If none has dates, purchased_at= takes the purchases in the order of the rows"
    return said


def _check_rows(recognized: Sequence[Recognized]) -> None:
    """Checks that a file has more than a header."""
    for table in recognized:
        if not table.source.sample or (is_unnamed(table) and len(table.source.sample) == 1):
            raise RefusedFile(
                f"{table.source.path}: it has a single line, and no purchase below it. Export the purchases again"
            )


def _check_sums(names: str, recognized: Sequence[Recognized]) -> None:
    months = [name for table in recognized for name in table.source.columns if first_day(name)]
    if len(months) > 1:
        raise RefusedFile(
            f"{names}: it has sums by month ({months[0]}, {months[1]}), and no column tells the product. Give the "
            "purchases themselves, or name the column of products 'product'"
        )


def _check_rivals(recognized: Sequence[Recognized]) -> None:
    for table in recognized:
        for field, others in table.rivals.items():
            if others and table.role in {"purchases", "orders"}:
                chosen = table.source.columns[table.fields[field]]
                names = " and ".join(repr(name) for name in (chosen, *others))
                raise RefusedFile(
                    f"{table.source.path}: {names} could each be {field}",
                    (("--map", f"{field}={chosen}"),),
                )


def _missing(recognized: Sequence[Recognized], options: ReadingOptions) -> list[str]:
    """Returns the required fields that no column of purchases and their orders holds."""
    # Without a product, a table of purchases looks like one of users.
    found = [table for table in recognized if table.role == "purchases"]
    found = found or [table for table in recognized if table.role != "products"] or list(recognized)
    bought = {field for table in found for field in table.fields}
    orders = [table for table in recognized if table.role == "orders"]
    ordered = {field for table in orders if has_orders(table) or not bought for field in table.fields}
    is_apart = "order_id" in ordered - bought and bool({"product_id", "title"} & bought)
    known = bought if is_apart else bought | ordered
    named = any(find_column(table.source, "purchased_at") is not None for table in recognized)
    is_timeless = options.mapping.get("purchased_at") == ""
    missing = [] if named or is_timeless or "purchased_at" in known else ["purchased_at"]
    if not {"product_id", "title"} & bought:
        missing.append("product_id")
    if is_apart and not {"user_id", "purchased_at"} <= bought and options.mapping.get("order_id") != "":
        return ["order_id"]
    is_guest = options.mapping.get("user_id") == ""
    if not (is_guest or "user_id" in known) and ("order_id" not in known or guess(recognized, "user_id")):
        missing.append("user_id")
    return missing


def has_purchases(recognized: Sequence[Recognized]) -> bool:
    """True if a table lists purchases or orders."""
    return any(table.role in {"purchases", "orders"} for table in recognized)


def _columns(recognized: Sequence[Recognized]) -> str:
    names = list(dict.fromkeys(column for table in recognized for column in table.source.columns))
    shown = [
        name if len(name) <= _SHOWN_CHARACTERS else f"{name[:_SHOWN_CHARACTERS]}…" for name in names[:_SHOWN]
    ]
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"The columns are {', '.join(shown)}{more}"
