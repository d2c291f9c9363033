"""What the API answers, and how it is made from what the core says."""

from typing import Literal

import msgspec

from recommender.entities import Answer, Reason, Recommendation
from service.serving import Serving

Scenario = Literal["for-you", "similar", "popular"]


class ReasonView(msgspec.Struct, frozen=True):
    """Why the item is shown: a code for programs, a sentence for shoppers, the products that caused it."""

    code: str
    text: str
    because: list[str]


class ItemView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One recommended product; `product` as the catalog last described it, when `expand=product`."""

    product_id: str
    score: float
    reason: ReasonView
    product: dict[str, object] | None = None


class RecommendationsView(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of any scenario.

    Attributes:
        recommendation_id: names this answer in later impressions and clicks.
        user_id: the shopper, null for lists that everyone gets alike.
        scenario: what was asked for.
        strategy: the rung of the fallback ladder: `personalised`, `similar`, `preferred-categories` or
            `popular`.
        degraded: what was down while the answer was made; empty normally.
        snapshot_version: the snapshot it was made from.
        items: best first.
    """

    recommendation_id: str
    user_id: str | None
    scenario: str
    strategy: str
    degraded: list[str]
    snapshot_version: str
    items: list[ItemView]


def item_views(serving: Serving, answer: Answer, expand: bool) -> list[ItemView]:
    """The answer's items, with products when `expand` is set."""
    return [
        ItemView(
            item.product_id,
            round(item.score, 6),
            _reason_view(item.reason),
            _product(serving, item) if expand else None,
        )
        for item in answer.items
    ]


def _reason_view(reason: Reason) -> ReasonView:
    return ReasonView(reason.code, reason.text, list(reason.because))


def _product(serving: Serving, item: Recommendation) -> dict[str, object]:
    """The overlay's newer document, else the snapshot's."""
    change = serving.corrections.overlay.changes.get(item.product_id)
    snapshot = serving.snapshot
    document = change.document if change else snapshot.documents.raw(snapshot.lookup.row(item.product_id))
    product: dict[str, object] = msgspec.json.decode(document)
    return product
