"""Purchases of a small shop as a CSV file, always the same."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

SHOPPERS = 90
"""Too few for the quality gate, because two builds of one shop must be published."""
ODD_SHOPPER = "Müller & 田中 100%:a+b"
_TASTES = {"Tea": ("Green", "Black", "Mint", "Oolong"), "Tools": ("Hammer", "Saw", "Drill", "Wrench")}
_KINDS = 6
_START = datetime(2025, 1, 1, tzinfo=UTC)


def write_purchases(path: Path) -> None:
    """Writes eight purchases per shopper of two tastes. One id needs encoding."""
    shelves = [
        [
            (f"{taste}-{name}-{kind}".lower(), f"{name} {taste} No {kind}", taste)
            for name in names
            for kind in range(_KINDS)
        ]
        for taste, names in _TASTES.items()
    ]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "product_id", "purchased_at", "title", "category"])
        for shopper in range(SHOPPERS):
            shelf = shelves[shopper % len(shelves)]
            for step in range(8):
                product, title, category = shelf[(shopper * 5 + step * (1 + shopper % 3)) % len(shelf)]
                moment = (_START + timedelta(hours=shopper + 31 * step)).isoformat()
                name = ODD_SHOPPER if shopper == 0 else f"shopper-{shopper}"
                writer.writerow([name, product, moment, title, category])
