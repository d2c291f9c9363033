"""Hints: columns that look like statuses, and what would improve the recommendations."""

import shlex
from collections.abc import Mapping, Sequence

from command_line.plurals import counted
from purchase_files import engine
from purchase_files.columns.recognition import Recognized
from purchase_files.columns.sampled import are_kinds, are_unclear_kinds, is_kind, is_status
from purchase_files.engine import Connection, row
from purchase_files.options import ReadingOptions
from purchase_files.preview import StatusColumn
from purchase_files.rows.conditions import option_without
from purchase_files.rows.facts import Kept
from purchase_files.values.dates import Times
from purchase_files.values.ids import decode
from purchase_files.values.swapped_days import look_swapped, swapped_in_a_part
from purchase_files.vocabulary.names import plain, ranks_of_name

_MAX_STATUSES = 20
_SHOWN = 8
_LARGE_SHARE = 0.05
_MIN_ROWS = 100
_FEE_WORDS = (
    "(postage|shipping|delivery|freight|versand(kosten)?|porto|frais de port|livraison|env[ií]o|spedizione"
    "|verzendkosten|gift ?(card|voucher)|gutschein|discount|rabatt|surcharge|handling|amazon fee"
    "|(bank|carriage|packing|service) charges?|(next|same) day carriage|adjust(ment)?s?)"
)
_FEES = f"(?i)(^\\W*{_FEE_WORDS}\\b|\\b{_FEE_WORDS}\\W*$)"
"""Fees are named by the first or the last word. A postage stamp keeper's has it in between."""
_FEW_WORDS = "^\\W*(\\w+\\W+){0,3}\\w+\\W*$"
"""Fees have short names. Products such as shipping labels in longer titles are none."""


def status_like(recognized: Sequence[Recognized]) -> list[str]:
    """Returns the names of columns that look like statuses, but hold no field."""
    return list(
        dict.fromkeys(
            table.source.columns[index]
            for table in recognized
            if table.role in {"purchases", "orders"}
            for index in table.unused
            if is_status(table.source, index)
            or {"status", "event"} & ranks_of_name(plain(table.source.columns[index])).keys()
            or are_kinds(table.source, index)
            or are_unclear_kinds(table.source, index)
        )
    )


def status_columns(
    connection: Connection, recognized: Sequence[Recognized], fields: Sequence[str], others: Sequence[str]
) -> tuple[StatusColumn, ...]:
    """Returns the columns of statuses with their values, the most frequent first."""
    named = {
        field: table.source.columns[table.fields[field]]
        for table in recognized
        for field in ("status", "event")
        if field in table.fields and field in fields
    }
    wanted = [(name, engine.name(field)) for field, name in named.items()]
    wanted += [(name, engine.name(f"column {name}")) for name in others]
    found = []
    for name, column in wanted:
        values = connection.execute(
            f"SELECT trim({column}), count(*) FROM purchase_rows WHERE trim({column}) <> '' GROUP BY 1 "
            f"ORDER BY 2 DESC, 1 LIMIT {_MAX_STATUSES + 1}"
        ).fetchall()
        if 1 <= len(values) <= _MAX_STATUSES:
            found.append(StatusColumn(name, tuple(values[:_SHOWN])))
    return tuple(found)


def hints_of_kinds(statuses: Sequence[StatusColumn], where: Sequence[str]) -> list[str]:
    """Returns sentences on columns of kinds and statuses that are numbers.

    Of kinds of actions, the rarest is the likeliest purchase. Columns of the conditions `where` have been decided.
    """
    numbered = [
        status
        for status in statuses
        if len(status.values) > 1
        and all(value.removesuffix(".0").isdecimal() for value, _ in status.values)
        and not any(status.column in condition for condition in where)
    ]
    return [
        f"{status.column} has numbers for kinds. If only one of them is a purchase, choose it. The rarest is likely: "
        + _option(f"{status.column}={status.values[-1][0].removesuffix('.0')}")
        if is_kind(status.column)
        else f"{status.column} has numbers. If one of them means a canceled order, leave it out: "
        + _option(f"{status.column}!=NUMBER")
        for status in numbered
    ]


def _option(condition: str) -> str:
    return f"--where {shlex.quote(condition)}"


def find_hints(
    connection: Connection,
    kept: Kept,
    placeholders: Mapping[str, int],
    *,
    hashed: bool,
    made_up_dates: bool,
    uncounted_pieces: int = 0,
    shortened_orders: bool = False,
    other_owners: Sequence[str] = (),
) -> tuple[str, ...]:
    """Returns what would improve the recommendations, and what looks wrong.

    Args:
        connection: engine.
        kept: numbers of the purchases.
        placeholders: texts that stand for guests, with their rows.
        hashed: True if the ids of shoppers are hashed.
        made_up_dates: True if the days are made up.
        uncounted_pieces: purchases of a spreadsheet without a quantity.
        shortened_orders: True if a spreadsheet shortened ids of orders.
        other_owners: columns that may tell shoppers apart, the likeliest first.
    """
    hints = [
        f"{counted(rows, f'row of {word!r} is', f'rows of {word!r} are')} of guests: each order is a basket, and "
        f"{word!r} is no shopper"
        for word, rows in placeholders.items()
    ]
    hints += [*_about_rows(kept, other_owners, hashed=hashed), *_about_products(connection)]
    if uncounted_pieces:
        hints.append(
            f"{counted(uncounted_pieces, 'cell of a quantity is', 'cells of quantities are')} empty, and each counts "
            "as 1. Results of formulas are in a file only after a spreadsheet program calculated them: open it there, "
            "mend errors such as #REF!, and save it"
        )
    if shortened_orders:
        hints.append(
            "Ids of orders such as 1.23E+12 were shortened by a spreadsheet, and are not used. Export them as text"
        )
    if made_up_dates:
        hints.append("The dates are made up, so nothing is trending or due to be bought again")
    return tuple(hints)


def hints_of_days(
    connection: Connection, kept: Kept, times: Times | None, options: ReadingOptions
) -> list[str]:
    """Returns a sentence if days and months look swapped, at least in a part."""
    if times is None or times.made_up or options.dates == "swapped":
        return []
    if times.swapped or look_swapped(connection, [day for day, rows in kept.days.items() if rows]):
        return [
            "Day and month look swapped in dates up to the 12th, as by a spreadsheet of another country. Export them "
            "again without opening the file, or add --dates swapped, which swaps them back"
        ]
    days = swapped_in_a_part(connection)
    return [
        f"Day and month look swapped in a part of the rows: {len(days)} days, such as {day}, are among those of "
        f"{day.replace(month=day.day, day=day.month):%B %Y}. Export that part again without opening it in a spreadsheet"
        for day in days[:1]
    ]


def _about_rows(kept: Kept, other_owners: Sequence[str], *, hashed: bool) -> list[str]:
    hints = []
    if kept.purchases and kept.guests == kept.purchases:
        hints.append(
            "No purchase has a shopper: only popular products and those bought together can be recommended"
        )
        hints += [
            f"{named} may tell shoppers apart: --map {shlex.quote(f'user_id={named}')}"
            for named in other_owners[:1]
        ]
    if kept.purchases and not kept.ordered:
        hints.append("Without ids of orders, products count as bought together if they are bought on one day")
    if kept.emails and not hashed:
        hints.append("The shoppers are e-mail addresses. --hash-users KEYFILE replaces them by keyed hashes")
    if kept.future:
        hints.append(f"{counted(kept.future, 'purchase lies', 'purchases lie')} in the future")
    hints += _largest_shopper(kept, hashed=hashed)
    return hints


def _largest_shopper(kept: Kept, *, hashed: bool) -> list[str]:
    user, rows = kept.largest, kept.purchases
    if user is None:
        return []
    if kept.shoppers == 1:
        return [
            f"There is one shopper only, {user}, and tastes are learned from many. If another column tells shoppers "
            "apart, name it with --map user_id=COLUMN"
        ]
    if kept.most <= _LARGE_SHARE * rows or rows < _MIN_ROWS:
        return []
    option = "--where user_id!=ID" if hashed else option_without("user_id", decode(user))
    return [
        f"Shopper {user} has {kept.most / rows:.0%} of all purchases. If it is a till or a placeholder, add {option}"
    ]


def _about_products(connection: Connection) -> list[str]:
    products, titled, described = row(
        connection, "SELECT count(*), count(title), count(coalesce(description, category)) FROM products"
    )
    hints = []
    if titled * 2 < products:
        hints.append(
            "Most products have no title. A file of products with id, title and description would help"
        )
    elif not described:
        hints.append("A description or category of products would help to recommend those with few purchases")
    fees = connection.execute(
        f"""SELECT product_id, title FROM products
        WHERE regexp_matches(coalesce(title, product_id), {engine.text(_FEES)})
            AND regexp_matches(coalesce(title, product_id), {engine.text(_FEW_WORDS)})
        ORDER BY first_row LIMIT 3"""
    ).fetchall()
    for product, title in fees:
        named = decode(product)
        option = option_without("product_id", named)
        hints.append(f"{title or named} looks like a fee. If it is no product, {option} leaves it out")
    return hints
