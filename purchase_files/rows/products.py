"""Products, from their own files or from the purchases."""

from collections.abc import Sequence

from purchase_files import engine
from purchase_files.engine import Connection, columns
from purchase_files.options import ReadingOptions
from purchase_files.values.cleaning import clean
from purchase_files.values.dates import optional_times
from purchase_files.values.distinct import distinct_values, holds
from purchase_files.values.ids import decoded, id_of
from purchase_files.values.numbers import number_of

_TEXTS = ("title", "description", "category", "brand", "currency", "image_url")
_NOT_IN_STOCK = (
    "false", "f", "no", "n", "0", "out of stock", "out_of_stock", "outofstock", "sold out", "sold_out", "discontinued",
    "unavailable", "not available", "nein", "non",
)  # fmt: skip
_PLACE = f"(file * {1 << 40} + line)"
_ROWS = 1 << 31
_MOMENT = f"(epoch_us(purchased_at) // 60000000 * {_ROWS} + rowid)"
"""Orders purchases by minute, then by row. A year below 10000 fits into 64 bits, in which comparing is fast."""
_LETTER = "regexp_matches(title, '\\pL')"
_ASCII_LETTER = "regexp_matches(title, '[A-Za-z]')"
_NAMES = "regexp_matches({}, '\\pL{{2,}}[ /&_-]+\\pL|^\\pL{{3,}}$|\\p{{Ll}}{{2}},? ')"
_LIKELY_NAMES = "regexp_matches(product_id, '[A-Za-z]{2}|[^\\x00-\\x7F]')"
_NAMED_SHARE = 0.5
_CODED_SHARE = 0.9


def build_products(connection: Connection, fields: Sequence[str], options: ReadingOptions) -> None:
    """Creates the table `products`, with a row per product.

    Args:
        connection: engine.
        fields: fields of the table `products_texts`, empty without files of products.
        options: options of the reader.
    """
    _from_purchases(connection)
    if "product_id" in fields:
        _from_files(connection, fields, options)
        own = engine.columns(connection, "listed_products")
        known = ", ".join(
            f"coalesce(l.{field}, b.{field}) AS {field}" if field in own else f"b.{field}"
            for field in (*_TEXTS, "price")
        )
        others = ", ".join(f"l.{field}" for field in sorted(own - {*_TEXTS, "price"}))
        connection.execute(
            f"CREATE OR REPLACE TABLE products AS SELECT {others}, {known}, true AS listed FROM listed_products l "
            f"LEFT JOIN bought_products b USING (product_id) UNION ALL BY NAME "
            "SELECT *, false AS listed FROM bought_products ANTI JOIN listed_products USING (product_id)"
        )
    else:
        connection.execute(
            "CREATE OR REPLACE VIEW products AS SELECT *, false AS listed FROM bought_products"
        )


def _from_purchases(connection: Connection) -> None:
    """Describes products by their purchases.

    The title is the most frequent one that says something, the price is the latest. Rows are grouped once.
    """
    known = columns(connection, "purchase_rows")
    fields = [field for field in _TEXTS if field in known]
    said = "".join(f", {field}" for field in fields)
    described = "".join(
        f", {f'{field}s.{field}' if field in known else f'NULL::VARCHAR AS {field}'}" for field in _TEXTS
    )
    connection.execute(
        f"""CREATE OR REPLACE TABLE bought_descriptions AS
        SELECT product_id{said}, count(*) AS times, count(*) FILTER (reason IS NULL) AS kept, min({_PLACE}) AS place,
               max({_MOMENT}) FILTER (price IS NOT NULL) AS priced
        FROM purchase_rows WHERE (reason IS NULL OR reason LIKE '%return%') AND product_id IS NOT NULL GROUP BY ALL"""
    )
    clean(connection, "bought_descriptions", fields)
    usable = {field: f"{field} IS NOT NULL" for field in fields}
    if "title" in fields:
        usable["title"] = _says_something(connection)
    joined = " ".join(
        f"LEFT JOIN {_most_frequent(field, usable[field])} {field}s USING (product_id)" for field in fields
    )
    connection.execute(
        f"""CREATE OR REPLACE TABLE bought_products AS
        SELECT bought.*{described} FROM (
            SELECT b.product_id, p.price, b.first_row FROM (
                SELECT product_id, max(priced) AS priced, min(place) AS first_row
                FROM bought_descriptions GROUP BY 1) b
            LEFT JOIN purchase_rows p ON p.rowid = b.priced & {_ROWS - 1}) bought {joined}"""
    )
    if lacking := _lacking_names(connection):
        connection.execute(f"UPDATE bought_products SET title = {decoded('product_id')} WHERE {lacking}")


def _lacking_names(connection: Connection) -> str | None:
    """Returns SQL for products whose id is a better title, or None.

    That is if most ids are names, and titles are missing or codes, as where columns were named the wrong way round.
    Compiling the classes of all letters takes longer than the rest. Ids without two letters need none of them.
    """
    untitled, unspaced, likely, products = engine.row(
        connection,
        "SELECT count(*) FILTER (title IS NULL), count(*) FILTER (NOT contains(title, ' ')), "
        f"count(*) FILTER ({_LIKELY_NAMES}), count(*) FROM bought_products",
    )
    coded = unspaced > _CODED_SHARE * (products - untitled)
    if (not untitled and not coded) or likely < _NAMED_SHARE * products:
        return None
    is_titled = _NAMES.format("title") if coded else "true"
    named, titled = engine.row(
        connection,
        f"SELECT count(*) FILTER ({_NAMES.format('product_id')}), count(*) FILTER ({is_titled}) FROM bought_products",
    )
    if named < _NAMED_SHARE * products:
        return None
    return "true" if titled < (1 - _CODED_SHARE) * products else "title IS NULL"


def _says_something(connection: Connection) -> str:
    """Returns SQL that is true for titles with a letter.

    Compiling the class of all letters takes longer than reading a small file.
    """
    values = distinct_values(connection, "bought_descriptions", "title")
    [foreign] = holds(connection, values, "strlen(v) <> length(v)")
    return _LETTER if foreign else _ASCII_LETTER


def _most_frequent(field: str, usable: str) -> str:
    """Returns SQL for the most frequent value of each product that is usable.

    Of equally frequent ones, it is the first.
    """
    return (
        f"(SELECT product_id, arg_max({field}, (times, -place)) AS {field} FROM ("
        f"SELECT product_id, {field}, sum(times) AS times, min(place) AS place FROM bought_descriptions "
        f"WHERE {usable} GROUP BY 1, 2) GROUP BY 1)"
    )


def _from_files(connection: Connection, fields: Sequence[str], options: ReadingOptions) -> None:
    columns = [f"{id_of(connection, 'products_texts', 'product_id')} AS product_id"]
    columns += [f"{engine.name(field)} AS {field}" for field in _TEXTS if field in fields]
    if "price" in fields:
        columns.append(f"{number_of(connection, 'products_texts', 'price')} AS price")
    if "product_created_at" in fields:
        created = optional_times(connection, "products_texts", "product_created_at", options)
        columns.append(f"{created} AS created_at")
    if "in_stock" in fields:
        stock = "lower(in_stock)"
        empty = f"{stock} IN ({engine.texts(_NOT_IN_STOCK)}) OR try_cast({stock} AS DOUBLE) <= 0"
        columns.append(f"coalesce(NOT ({empty}), true) AS in_stock")
    if "attributes" in fields:
        columns.append(
            "CASE WHEN json_valid(attributes) AND json_type(attributes) = 'OBJECT' THEN attributes END AS attributes"
        )
    described = [column.rpartition(" AS ")[2] for column in columns[1:]]
    first = "".join(f", arg_min({field}, {_PLACE}) AS {field}" for field in described)
    connection.execute(
        f"""CREATE OR REPLACE TABLE listed_products AS
        SELECT product_id, min({_PLACE}) AS first_row{first}
        FROM (SELECT {", ".join(columns)}, file, line FROM products_texts)
        WHERE product_id IS NOT NULL GROUP BY product_id"""
    )
