"""Examples of answers for the OpenAPI document, by schema."""

from typing import Any

from service.openapi.examples.data import DATA_VIEW
from service.openapi.examples.snapshots import SNAPSHOTS

_VERSION = "20260101T000000000Z-00000000"
_RECOMMENDATION_ID = "Zm9yLXlvdS4yMDI2MDEwMVQwMDAwMDAwMDBa.dL8XqCRbzMCNKg3HNBNgqd--WJK55cVd"
_AT = "2026-05-17T09:30:00Z"
_PREFERENCES = {
    "liked_categories": ["Pantry > Pasta"],
    "disliked_categories": [],
    "liked_brands": [],
    "disliked_brands": [],
    "price_min": None,
    "price_max": 20.0,
    "hidden_products": ["p-1042"],
}
_ITEM = {
    "product_id": "p-1042",
    "score": 0.4213,
    "reason": {"code": "because_you_bought", "text": "Because you bought Flour", "because": ["p-17"]},
}
_PRODUCT = {"id": "p-1042", "title": "Baking powder", "category": "Pantry > Baking", "price": 1.49}
_LINE = {
    "product_id": "p-17",
    "title": "Flour",
    "category": "Pantry > Baking",
    "image_url": "https://shop.example/flour.webp",
    "price": 0.99,
    "in_catalog": True,
}
_EXPLAINED = _ITEM | {
    "product": _PRODUCT,
    "terms": [{"term": "factors", "value": 0.3, "product_id": "p-17"}, {"term": "factors", "value": 0.1213}],
    "contributions": [{"value": 0.3, "product_id": "p-17"}, {"value": 0.1213}],
}
_LIST: dict[str, Any] = {
    "recommendation_id": _RECOMMENDATION_ID,
    "user_id": "u-7",
    "scenario": "for-you",
    "strategy": "personalised",
    "degraded": [],
    "snapshot_version": _VERSION,
    "items": [_ITEM],
    "next_cursor": "ksQMG6PFI-dw8zE8yRqxxAQBAAAA.2z8vJvckJC1-rfnGTnffSJj224x0NrAf",
}
_PROBLEM = {
    "type": "urn:problem:recommender:forbidden",
    "title": "Not allowed",
    "status": 403,
    "detail": "This access token reaches its own subject only. "
    "Any other user needs the scope 'recommendations:read.any'.",
    "instance": "/v1/recommendations/batch",
}

_ENTRY_PROBLEM = {
    "type": "urn:problem:recommender:invalid-request",
    "title": "Invalid request",
    "status": 422,
    "detail": "1 value is invalid. See `errors`.",
    "instance": "/v1/recommendations/batch",
    "errors": [{"detail": "Expected `int` <= 100.", "pointer": "/entries/2/limit"}],
}

STORED_EVENTS = {"accepted": 2, "duplicates": 1}
REJECTED_EVENTS = {
    "accepted": 1,
    "duplicates": 0,
    "results": [
        {"id": "a-1042-7", "status": 202},
        {
            "id": "a-1042-8",
            "status": 422,
            "errors": [{"detail": "The id contains '/'.", "pointer": "/events/1/product_id"}],
        },
    ],
}

ANSWER_EXAMPLES: dict[str, dict[str, Any]] = {
    "RecommendationsView": _LIST,
    "BatchView": {
        "results": [
            {"id": "newsletter-u-7", "status": 200, "answer": _LIST},
            {"id": "newsletter-u-8", "status": 403, "problem": _PROBLEM},
            {"id": "guest", "status": 422, "problem": _ENTRY_PROBLEM},
        ]
    },
    "RankingView": {
        "recommendation_id": _RECOMMENDATION_ID,
        "user_id": "u-7",
        "scenario": "ranking",
        "strategy": "personalised",
        "degraded": [],
        "snapshot_version": _VERSION,
        "items": [{"product_id": "p-17", "score": 0.61}, {"product_id": "p-1042", "score": 0.42}],
        "missing_ids": ["p-3"],
        "hidden_ids": ["p-7"],
    },
    "PreferencesDocument": {"user_id": "u-7", "preferences": _PREFERENCES, "updated_at": _AT},
    "ShopperExport": {
        "user_id": "u-7",
        "exported_at": _AT,
        "events": [
            {
                "id": "a-1042-7",
                "user_id": "u-7",
                "product_id": "p-1042",
                "kind": "view",
                "occurred_at": _AT,
                "quantity": None,
                "price": None,
                "recommendation_id": _RECOMMENDATION_ID,
                "order_id": None,
            }
        ],
        "purchases": [
            {
                "id": "o-5-1",
                "product_id": "p-17",
                "purchased_at": "2026-05-10T18:00:00Z",
                "order_id": "o-5",
                "quantity": 1,
            }
        ],
        "purchases_read_at": _AT,
        "preferences": _PREFERENCES,
        "preferences_updated_at": _AT,
        "erased_at": "2026-01-15T08:00:00Z",
    },
    "ErasureView": {
        "user_id": "u-7",
        "erased_at": _AT,
        "removed": {"events": 12, "profiles": 1, "preferences": 1},
    },
    "Manifest": {
        "version": _VERSION,
        "created": "2026-01-01T00:00:00Z",
        "format_version": 3,
        "dims": 256,
        "metric": "dot",
        "counts": {
            "products": 1500,
            "indexed": 1490,
            "cold": 100,
            "shoppers": 300,
            "purchases": 28651,
            "weights": 340000,
            "categories": 10,
            "brands": 23,
            "complements": 604,
            "alternatives": 128404,
            "companions": 20115,
        },
        "serving": {"half_life_days": 60.0, "nearest": 200},
        "recipe": {"text_weight": 0.4, "ridge": 18.0},
        "model": {
            "name": "sentence-transformers/all-MiniLM-L6-v2",
            "revision": "a22e6a6ad8c13ac7",
            "dims": 384,
        },
        "catalog_read_at": "2025-12-31T23:50:00Z",
        "data_watermark": "2025-12-31T23:49:10Z",
        "metrics": {"ann_recall_at_20": 0.9893, "ndcg_at_20": 0.0373},
        "files": {"prices.npy": {"size": 12128, "checksum": "cab3fd448b808b097bd61ec7685ec11f"}},
        "refresh_of": None,
        "data": None,
    },
    "DataView": DATA_VIEW,
    "LiveView": {
        "sample_seconds": 5.0,
        "at": [_AT],
        "requests": [41.2],
        "failed": [0.0],
        "p50_milliseconds": [0.9],
        "p95_milliseconds": [4.1],
        "calls": [
            {
                "method": "GET",
                "route": "/v1/users/{user_id}/recommendations",
                "requests": 12_300,
                "p50_milliseconds": 0.9,
                "p95_milliseconds": 4.1,
            }
        ],
        "repeated": [0.31],
        "kept": [0.62],
        "strategies": [{"name": "personalised", "values": [180.0]}],
        "degraded": [{"name": "catalog", "values": [0.0]}],
        "scenarios": [
            {
                "scenario": "for-you",
                "answers": 52_120,
                "impressions": 40_210,
                "clicks": 1_407,
                "purchases": 212,
                "click_through": 0.035,
                "conversion": 0.1507,
                "click_through_history": [0.035],
            }
        ],
        "problems": [
            {
                "at": _AT,
                "method": "GET",
                "route": "/v1/products/{product_id}/similar",
                "status": 404,
                "code": "unknown-product",
            }
        ],
    },
    "MapView": {
        "version": _VERSION,
        "groups": [{"name": "Grocery", "products": 2}],
        "x": [0.25, -0.7512, None],
        "y": [0.5, 1.0, None],
        "group": [0, 0, None],
    },
    "MapProducts": {
        "products": [
            {
                "row": 17,
                "product": {
                    "product_id": "p-17",
                    "title": "Whole Milk 1 l",
                    "category": "Grocery > Milk",
                    "image_url": None,
                    "price": 1.29,
                    "in_catalog": True,
                },
            }
        ],
        "complete": True,
    },
    **SNAPSHOTS,
    "ShopperListView": {
        "shoppers": [
            {"user_id": "u-7", "last_seen_at": _AT},
            {"user_id": "u-9", "last_seen_at": "2026-05-16T11:02:00Z"},
        ],
        "random_user_id": "u-9",
        "source": "database",
        "degraded": [],
    },
    "ShopperView": {
        "user_id": "u-7",
        "degraded": [],
        "interactions": 1,
        "impressions": 12,
        "timeline": [
            {
                "at": _AT,
                "kind": "purchase",
                "product": _LINE,
            }
        ],
        "preferences": _PREFERENCES,
        "lists": [
            {
                "scenario": "for-you",
                "strategy": "personalised",
                "snapshot_version": _VERSION,
                "items": [_EXPLAINED],
                "after": {"strategy": "popular", "items": [], "entered": [], "left": ["p-1042"]},
            }
        ],
        "missing_ids": [],
    },
    "FoundProducts": {"products": [_LINE], "scanned": 1500, "complete": True, "next_offset": 10},
    "ProductView": {
        "product_id": "p-1042",
        "product": _PRODUCT,
        "deleted": False,
        "changed": False,
        "cold": False,
        "statistics": {
            "buyers": 212,
            "recent_buyers": 61,
            "popularity_days": 90,
            "rank": 17,
            "trend": 1.4,
            "repeat_rate": 0.31,
            "usual_interval_days": 21.0,
            "weeks": [{"begins_at": "2026-05-10T18:00:00Z", "purchases": 9}],
        },
        "snapshot_version": _VERSION,
        "lists": [
            {"scenario": "similar", "strategy": "similar", "snapshot_version": _VERSION, "items": []},
        ],
    },
    "AudienceView": {
        "product_id": "p-1042",
        "page_size": 20,
        "checked": 500,
        "complete": True,
        "shoppers": [{"user_id": "u-7", "place": 1, "score": 0.4213, "reason": _ITEM["reason"]}],
    },
}
