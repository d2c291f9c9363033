"""Example of the facts about the shop's data."""

from typing import Any

DATA_VIEW: dict[str, Any] = {
    "snapshot_version": "20260101T000000000Z-00000000",
    "created": "2026-01-01T00:00:00Z",
    "refresh_of": "20251231T230000000Z-0f1e2d3c",
    "findings": [
        {
            "level": "problem",
            "text": "12 of 1,500 products have no text.",
            "advice": "They can only be found by purchases. Give them a title, and a description if there is one.",
        }
    ],
    "counts": {
        "products": 1500,
        "indexed": 1488,
        "cold": 201,
        "shoppers": 300,
        "purchases": 28_651,
        "weights": 90_210,
        "categories": 41,
        "brands": 77,
        "complements": 5_210,
        "alternatives": 14_880,
        "companions": 4_102,
    },
    "purchases": {
        "first": "2025-12-30T08:02:11Z",
        "last": "2025-12-31T23:49:10Z",
        "purchases": 28_710,
        "guest_purchases": 59,
        "future": 0,
        "shoppers": 300,
        "products": 1_377,
        "orders": 4_120,
        "purchases_per_shopper": 95.5,
        "largest_shopper_share": 0.0131,
        "bought_once_share": 0.02,
        "shopper_groups": [
            {"at_least": 1, "at_most": 1, "shoppers": 6},
            {"at_least": 2, "at_most": 2, "shoppers": 294},
        ],
        "period_days": 1,
        "period_start": "2025-12-30T00:00:00Z",
        "by_period": [13_900, 14_810],
    },
    "left_out": [
        {
            "kind": "purchase",
            "reason": "of a product that is not in the catalog",
            "records": 4,
            "examples": ["purchase '74' of product '22128'"],
            "invalid": False,
        }
    ],
    "loads": [
        {
            "loaded_at": "2025-12-31T22:30:00Z",
            "files": [{"name": "orders.csv", "role": "purchases", "format": "CSV", "rows": 28_790}],
            "skipped_files": [],
            "rows": 28_790,
            "purchases": 28_714,
            "left_out": [
                {
                    "reason": "status canceled",
                    "rows": 76,
                    "examples": ["orders.csv, line 12"],
                    "unreadable": False,
                }
            ],
            "noticed": [],
            "unused_columns": ["shelf"],
            "hints": [],
        }
    ],
    "products": {
        "products": 1500,
        "in_stock": 1431,
        "without_text": 12,
        "without_category": 0,
        "without_price": 0,
        "without_picture": 0,
        "never_bought": 123,
        "one_buyer": 88,
    },
    "categories": [
        {"name": "Grocery", "products": 902, "purchases": 21_410},
        {"name": "Home", "products": 598, "purchases": 3_006},
    ],
}
