"""Response bodies, built from answers of the core."""

from collections.abc import Sequence
from itertools import repeat, starmap
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from recommender.entities import Answer, Contribution, Filters, ReasonCode, Term, TermName
from recommender.filtering import unknown_names
from recommender.kernels.digits import significant
from service.http.problems import Problem
from service.recommendations.names import Scenario, Strategy
from service.shoppers.profiles.loaded_profile import Degradation, LoadedProfile
from service.snapshots.live import Serving

MAX_SHOWN_CHARACTERS = 100


class Presentation(msgspec.Struct, frozen=True):
    """Presentation of a list: its page and the fields of its items.

    It does not change the list itself.

    Attributes:
        expand: adds the product to each item.
        cursor: continues after an earlier page. None: the first page.
        cursor_pointer: JSON pointer to the cursor in the body. None: the cursor is a parameter.
    """

    expand: bool = False
    cursor: str | None = None
    cursor_pointer: str | None = None


class ReasonValues(msgspec.Struct, frozen=True, omit_defaults=True):
    """Numbers, dates and names of a reason, as far as its text has them."""

    brand: str | None = None
    buyers: int | None = None
    category: str | None = None
    of_buyers: int | None = None
    days: int | None = None
    days_ago: int | None = None
    interval_days: int | None = None
    own_interval: bool | None = None
    ratio: float | None = None
    since: str | None = None
    window_days: int | None = None


class ReasonView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Reason for an item.

    Code, values and `because` are enough to write the text in another language.

    Attributes:
        code: for programs.
        text: a sentence for shoppers.
        because: ids of the products that caused the item.
        values: numbers, dates and names of the text. Absent if it has none.
    """

    code: ReasonCode
    text: str
    because: tuple[str, ...]
    values: ReasonValues | None = None


class TermView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One summand of a score.

    Attributes:
        term: what it measures.
        value: the terms of an item sum to its score.
        product_id: the product of the history that it comes from. Absent: from several.
    """

    term: TermName
    value: float
    product_id: str | None = None


class ContributionView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Part of a score that comes from one product, trend included.

    Attributes:
        value: the contributions of an item sum to its score.
        product_id: the product. Absent: all products that are not listed.
    """

    value: float
    product_id: str | None = None


class ItemView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One recommended product.

    Attributes:
        product_id: the catalog's id.
        score: larger is better, among items of one answer that have the same kinds of terms. What fills a list up has
            others. Keep the order of the items, which also depends on variety.
        reason: explains the item.
        product: the newest description in the catalog, with `expand=product`.
        outside_filters: true for an item that does not fulfill the filters, with `strict_filtering=false`.
        terms: summands of the score, with `explain=true`.
        contributions: the same score by product, with `explain=true`: the largest five, then all others together.
            Absent for a score that comes from no product.
    """

    product_id: str
    score: float
    reason: ReasonView
    product: dict[str, object] | None = None
    outside_filters: bool = False
    terms: list[TermView] | None = None
    contributions: list[ContributionView] | None = None


class UnknownFilterView(msgspec.Struct, frozen=True):
    """A filter value that no product of the catalog has.

    Attributes:
        parameter: the filter.
        value: as it was sent, at most 100 characters of it.
        close_matches: names in the catalog that may be meant, closest first.
    """

    parameter: Literal["category", "brand"]
    value: str
    close_matches: list[str]


class RecommendationsView(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of any scenario.

    Attributes:
        recommendation_id: identifies this answer in later impressions and clicks.
        user_id: the shopper. Null for lists that are the same for everyone.
        scenario: the requested scenario.
        strategy: how the first item was found.
        degraded: dependencies that were down while the answer was made. Normally empty.
        snapshot_version: the snapshot that the items come from.
        items: best first.
        next_cursor: cursor of the next page. Absent on the last page.
        missing_ids: unknown products of the body. Absent for requests without a body.
        unknown_filters: categories and brands of the filters that no product has, the first ten. Absent if there are
            none.
    """

    recommendation_id: str
    user_id: str | None
    scenario: Scenario
    strategy: Strategy
    degraded: list[Degradation]
    snapshot_version: str
    items: list[ItemView]
    next_cursor: str | UnsetType = UNSET
    missing_ids: list[str] | UnsetType = UNSET
    unknown_filters: list[UnknownFilterView] | UnsetType = UNSET


class ListResponse(msgspec.Struct, frozen=True):
    """A response with a list, and what it was made from beside its request.

    Attributes:
        serving: snapshot and overlay.
        shopper: the shopper who sees it.
        loaded: the shopper's profile, an empty one without a shopper.
        products: those of the list, as recommendation ids hold them.
    """

    view: RecommendationsView
    serving: Serving
    shopper: str | None
    loaded: LoadedProfile
    products: bytes = b""


class RankedView(msgspec.Struct, frozen=True):
    """One product of a ranked list.

    Attributes:
        product_id: as in the request.
        score: comparable within one answer. Larger is better.
    """

    product_id: str
    score: float


class RankingView(msgspec.Struct, frozen=True, kw_only=True):
    """A ranked list, best first. The other fields are those of recommendations.

    Attributes:
        recommendation_id: identifies this answer in later impressions and clicks.
        user_id: the shopper. Null without one.
        scenario: `ranking`.
        strategy: how the order was made.
        degraded: dependencies that were down while the answer was made. Normally empty.
        snapshot_version: the snapshot that the scores come from.
        items: best first.
        missing_ids: products of the list that the snapshot does not have.
        hidden_ids: products of the list that the shopper hid. They are not ranked.
    """

    recommendation_id: str
    user_id: str | None
    scenario: Literal["ranking"]
    strategy: Strategy
    degraded: list[Degradation]
    snapshot_version: str
    items: list[RankedView]
    missing_ids: list[str]
    hidden_ids: list[str]


class BatchResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """Result of one entry of a batch.

    Attributes:
        id: as in the entry. Null for an entry without a readable one.
        status: 200, 403 for another shopper, 422 for an invalid entry, 503 without a snapshot.
        answer: the list, with status 200.
        problem: the error, with any other status.
    """

    id: str | None
    status: int
    answer: RecommendationsView | None = None
    problem: Problem | None = None


class BatchView(msgspec.Struct, frozen=True):
    """Results of a batch.

    Attributes:
        results: one per entry, in the same order.
    """

    results: list[BatchResult]


def item_views(serving: Serving, answer: Answer, expand: bool) -> list[ItemView]:
    """Items of the response, with their products if `expand` is set."""
    if not answer.items:
        return []
    # By columns, because each step of a loop in Python takes as long as a whole item here.
    ids, scores, reasons, outside, terms, contributions = zip(*answer.items, strict=True)
    products = (_product(serving, product_id) for product_id in ids) if expand else repeat(None)
    explained = map(_term_views, terms) if any(terms) else repeat(None)
    return list(
        map(
            ItemView,
            ids,
            significant(list(scores)),
            starmap(ReasonView, reasons),
            products,
            outside,
            explained,
            map(_contribution_views, contributions) if any(terms) else repeat(None),
        )
    )


def unknown_filter_views(serving: Serving, filters: Filters) -> list[UnknownFilterView] | UnsetType:
    """Names in the filters that no product has, unset if there are none."""
    unknown = unknown_names(serving.snapshot, serving.corrections, filters)
    return [
        UnknownFilterView(each.parameter, each.name[:MAX_SHOWN_CHARACTERS], list(each.close_matches))
        for each in unknown
    ] or UNSET


def _term_views(terms: Sequence[Term]) -> list[TermView] | None:
    values = significant([term.value for term in terms])
    shown = zip(terms, values, strict=True)
    return [TermView(term.name, value, term.product_id) for term, value in shown] or None


def _contribution_views(contributions: Sequence[Contribution]) -> list[ContributionView] | None:
    values = significant([each.value for each in contributions])
    shown = zip(contributions, values, strict=True)
    return [ContributionView(value, each.product_id) for each, value in shown] or None


def _product(serving: Serving, product_id: str) -> dict[str, object]:
    product: dict[str, object] = msgspec.json.decode(serving.document(product_id))
    return product
