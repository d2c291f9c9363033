"""What the API answers, and how it is made from what the core says."""

from dataclasses import dataclass
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from recommender.entities import Answer, Reason, Recommendation
from service.http.problems import Problem
from service.snapshots.live import Serving

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


@dataclass(frozen=True, slots=True)
class Presentation:
    """Which part of a list is shown, and how; the list itself is the same whatever stands here.

    Attributes:
        expand: whether items carry their product.
        cursor: where the list was left off; None: from its beginning.
        cursor_pointer: where in the body the cursor stands; None: it is a parameter.
    """

    expand: bool = False
    cursor: str | None = None
    cursor_pointer: str | None = None


class ReasonView(msgspec.Struct, frozen=True):
    """Why the item is shown: a code for programs, a sentence for shoppers, the products that caused it."""

    code: str
    text: str
    because: list[str]


class TermView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One summand of a score, such as `factors`, `neighbour`, `frequency` or `created_at`, and whose."""

    term: str
    value: float
    product_id: str | None = None


class ItemView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One recommended product.

    Attributes:
        product_id: the catalog's id.
        score: larger is better, within one answer.
        reason: why it is shown.
        product: as the catalog last described it, when `expand=product`.
        outside_filters: true for an item that fills up a page of `strict_filtering=false`.
        terms: what the score is the sum of, when `explain=true`.
    """

    product_id: str
    score: float
    reason: ReasonView
    product: dict[str, object] | None = None
    outside_filters: bool = False
    terms: list[TermView] | None = None


class RecommendationsView(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of any scenario.

    Attributes:
        recommendation_id: names this answer in later impressions and clicks.
        user_id: the shopper, null for lists that everyone gets alike.
        scenario: what was asked for.
        strategy: the rung of the fallback ladder that gave the first item: `personalised`, `session`, `similar`,
            `preferred-categories` or `popular`, or the scenario's own name, `bought-together`, `buy-again`, `trending`
            or `new`.
        degraded: what was down while the answer was made; empty normally.
        snapshot_version: the snapshot it was made from.
        items: best first.
        next_cursor: asks for the next page; absent at the end.
        missing_ids: products that the request named and that are not known; where it named any in its body.
    """

    recommendation_id: str
    user_id: str | None
    scenario: str
    strategy: str
    degraded: list[str]
    snapshot_version: str
    items: list[ItemView]
    next_cursor: str | UnsetType = UNSET
    missing_ids: list[str] | UnsetType = UNSET


class RankedView(msgspec.Struct, frozen=True):
    """One product of a list that was ranked."""

    product_id: str
    score: float


class RankingView(msgspec.Struct, frozen=True, kw_only=True):
    """A list of the caller's own, best first; what the other attributes say, they say of recommendations too."""

    recommendation_id: str
    user_id: str | None
    scenario: Literal["ranking"]
    strategy: str
    degraded: list[str]
    snapshot_version: str
    items: list[RankedView]
    missing_ids: list[str]


class BatchResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one entry of a batch: `answer` with the status 200, `problem` with any other."""

    id: str
    status: int
    answer: RecommendationsView | None = None
    problem: Problem | None = None


class BatchView(msgspec.Struct, frozen=True):
    """A result for every entry, in the order of the entries."""

    results: list[BatchResult]


def shown_score(score: float) -> float:
    """Seven significant digits: what single precision holds."""
    return float(f"{score:.7g}")


def item_views(serving: Serving, answer: Answer, expand: bool) -> list[ItemView]:
    """The answer's items, with products when `expand` is set."""
    return [
        ItemView(
            item.product_id,
            shown_score(item.score),
            _reason_view(item.reason),
            _product(serving, item) if expand else None,
            item.outside_filters,
            _term_views(item) or None,
        )
        for item in answer.items
    ]


def _reason_view(reason: Reason) -> ReasonView:
    return ReasonView(reason.code, reason.text, list(reason.because))


def _term_views(item: Recommendation) -> list[TermView]:
    return [TermView(term.name, shown_score(term.value), term.product_id) for term in item.terms]


def _product(serving: Serving, item: Recommendation) -> dict[str, object]:
    """The overlay's newer document, else the snapshot's."""
    change = serving.corrections.overlay.changes.get(item.product_id)
    snapshot = serving.snapshot
    document = change.document if change else snapshot.documents.raw(snapshot.lookup.row(item.product_id))
    product: dict[str, object] = msgspec.json.decode(document)
    return product
