"""Examples of answers about published snapshots."""

from typing import Any

_BEFORE = "20251231T000000000Z-00000000"
_VERSION = "20260101T000000000Z-00000000"
_PRODUCT = {
    "product_id": "p-17",
    "title": "Tomato sauce, 340 g",
    "category": "Pantry > Sauces",
    "image_url": None,
    "price": 2.49,
    "in_catalog": True,
}

SNAPSHOTS: dict[str, Any] = {
    "SnapshotsView": {
        "live": _VERSION,
        "served": _VERSION,
        "verdict": {
            "version": _VERSION,
            "before": _BEFORE,
            "answer": "better",
            "text": "Yes, it is better.",
            "details": [
                "It has a quality (NDCG@20) of 0.1021, 4 % above the 0.0982 of the build before and 1.9 times that of "
                "popular products for everyone.",
                "The quality gate passed it.",
            ],
            "refused": [],
        },
        "snapshots": [
            {
                "version": _VERSION,
                "created": "2026-01-01T00:00:00Z",
                "live": True,
                "problem": None,
                "refresh_of": None,
                "products": 1500,
                "purchases": 28651,
                "shoppers": 300,
                "data_until": "2025-12-31T23:12:00Z",
                "bytes": 7340032,
                "metrics": {"ndcg_at_20": 0.1021, "popularity_ndcg_at_20": 0.0534},
            }
        ],
        "history": [
            {
                "at": 1767225600.0,
                "what": "published",
                "kind": "build",
                "version": _VERSION,
                "reasons": [],
                "by": None,
            }
        ],
    },
    "RollbackView": {"live": _VERSION, "was": "20260102T000000000Z-0f1e2d3c"},
    "ComparisonView": {
        "a": _BEFORE,
        "b": _VERSION,
        "page_size": 20,
        "sampled": 1,
        "shoppers": 1,
        "complete": True,
        "changed": 0.0,
        "same_pages": 0.0,
        "by_changes": [1, *[0] * 20],
        "by_place": [1.0, *[0.0] * 19],
        "by_category": [{"name": "Pantry", "a": 4.0, "b": 5.0}],
        "lists": [{"scenario": "popular", "changed": 2, "items": 20}],
        "examples": [
            {
                "user_id": "u-7",
                "changed": 0,
                "a": [],
                "b": [{"product": _PRODUCT, "place": 1, "other_place": 3, "move": "up"}],
            }
        ],
    },
    "Health": {"status": "ok", "snapshot_version": _VERSION, "issuers_without_keys": 0},
}
"""By name of the answer's type."""
