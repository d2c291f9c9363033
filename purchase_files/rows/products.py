"""Products, from their own files or from the purchases."""

from collections.abc import Sequence

from purchase_files import engine
from purchase_files.engine import Connection
from purchase_files.options import ReadingOptions
from purchase_files.values.dates import optional_times
from purchase_files.values.ids import decoded, id_of
from purchase_files.values.numbers import number_of

_TEXTS = ("title", "description", "category", "brand", "currency", "image_url")
_NOT_IN_STOCK = (
    "false", "f", "no", "n", "0", "out of stock", "out_of_stock", "outofstock", "sold out", "sold_out", "discontinued",
    "unavailable", "not available", "nein", "non",
)  # fmt: skip
_PLACE = f"(file * {1 << 40} + line)"
_SAYS_SOMETHING = "regexp_matches({0}, '\\pL')"
_NAMES = "regexp_matches({0}, '\\pL{{2,}}[ /&-]+\\pL|^\\pL{{3,}}$')"
_NAMED_SHARE = 0.5

PRODUCT_FIELDS = ("product_id", *_TEXTS[:5], "image_url", "in_stock", "price", "created_at", "attributes")


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
        connection.execute(
            "CREATE OR REPLACE TABLE products AS SELECT *, true AS listed FROM listed_products UNION ALL BY NAME "
            "SELECT *, false AS listed FROM bought_products ANTI JOIN listed_products USING (product_id)"
        )
    else:
        connection.execute(
            "CREATE OR REPLACE VIEW products AS SELECT *, false AS listed FROM bought_products"
        )


def _from_purchases(connection: Connection) -> None:
    """Describes products by their purchases.

    The title is the most frequent one that says something, the price is the latest.
    """
    kept = "reason IS NULL OR reason LIKE '%return%'"
    connection.execute(
        f"""CREATE OR REPLACE TABLE bought_products AS
        WITH rows AS (SELECT *, {_PLACE} AS place FROM purchase_rows WHERE ({kept}) AND product_id IS NOT NULL),
        titled AS (
            SELECT product_id, title, count(*) AS times, min(place) AS place FROM rows
            WHERE title IS NOT NULL GROUP BY ALL),
        titles AS (
            SELECT product_id, arg_max(title, (times, -place)) AS title FROM titled
            WHERE {_SAYS_SOMETHING.format("title")} GROUP BY product_id),
        others AS (
            SELECT product_id, mode(description) AS description, mode(category) AS category, mode(brand) AS brand,
                   any_value(image_url) AS image_url, arg_max(price, purchased_at) AS price,
                   mode(currency) AS currency, min(place) AS first_row
            FROM rows GROUP BY product_id)
        SELECT others.*, titles.title FROM others LEFT JOIN titles USING (product_id)"""
    )
    named, products = engine.row(
        connection,
        f"SELECT count(*) FILTER ({_NAMES.format('product_id')}), count(*) FROM bought_products",
    )
    if products and named >= _NAMED_SHARE * products:
        connection.execute(f"UPDATE bought_products SET title = {decoded('product_id')} WHERE title IS NULL")


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
