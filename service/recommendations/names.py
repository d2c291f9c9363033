"""Names of scenarios and strategies in answers. `service/openapi/vocabulary.py` has their meaning."""

from typing import Literal

Scenario = Literal[
    "for-you",
    "buy-again",
    "similar",
    "bought-together",
    "popular",
    "trending",
    "new",
    "session",
    "basket",
    "ranking",
]

Strategy = Literal[
    "personalised",
    "session",
    "preferred-categories",
    "popular",
    "similar",
    "related",
    "bought-together",
    "buy-again",
    "trending",
    "new",
    "none",
]
