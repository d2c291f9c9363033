"""A data set with odd ids, extra columns and products without text."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

USERS, PRODUCTS = 200, 300
LAST_PURCHASE = datetime(2026, 3, 1, 12, tzinfo=UTC)

_FORMS = (
    "plain-{0}",
    "with space {0}",
    "a:b:{0}",
    "50% off {0}",
    "50%25 {0}",
    "日本語-{0}",
    "é&ü={0}",
    "a,b\\{0}",
    "+{0};x",
    "%2F{0}",
)
AISLES = ("Bakery > Bread", "Bakery > Cake", "Garden > Tools", "Garden > Seeds", "日用品 > 紙")
_NOUNS = ("rye loaf", "chocolate cake", "steel spade", "tomato seeds", "paper towels")


def product_id(number: int) -> str:
    """Id of a product. Every tenth id has the same odd form."""
    return _FORMS[number % len(_FORMS)].format(number)


def user_id(number: int) -> str:
    """Id of a shopper, in the same odd forms as product ids."""
    return f"ü {_FORMS[number % len(_FORMS)].format(number)}"


def write(folder: Path) -> tuple[Path, Path]:
    """Writes products and purchases as Parquet and returns the two paths."""
    products = folder / "products.parquet"
    purchases = folder / "purchases.parquet"
    pq.write_table(pa.Table.from_pylist([_product(number) for number in range(PRODUCTS)]), products)
    pq.write_table(pa.Table.from_pylist(_purchases()), purchases)
    return products, purchases


def _product(number: int) -> dict[str, Any]:
    without_text = number % 10 == 9
    aisle = number % len(AISLES)
    return {
        "color": "red",
        "price": round(1 + number / 10, 2),
        "category": None if without_text else AISLES[aisle],
        "brand": None if without_text else f"Brand {number % 7}",
        "title": product_id(number) if without_text else f"{_NOUNS[aisle]} no. {number}",
        "id": product_id(number),
    }


def _purchases() -> list[dict[str, Any]]:
    """Purchases of shoppers who each buy from two aisles."""
    generator = np.random.default_rng(4)
    rows = []
    for user in range(USERS):
        own = [number for number in range(PRODUCTS) if number % len(AISLES) in (user % 5, (user + 1) % 5)]
        for position, number in enumerate(generator.choice(own, 12, replace=False)):
            rows.append(
                {
                    "till": 4,
                    "quantity": int(1 + position % 3),
                    "purchased_at": LAST_PURCHASE - timedelta(days=7 * position, minutes=user),
                    "product_id": product_id(int(number)),
                    "user_id": user_id(user),
                }
            )
    return rows
