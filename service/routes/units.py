"""Units of each call, for the rate limits.

One unit is about 0.7 ms of CPU time: a page of 20 products of a list that is the same for everybody.
`benchmarks.requests` measures the calls, and docs/security/limits.md has the table.
"""

from collections.abc import Iterable, Mapping

from litestar.connection import ASGIConnection
from litestar.types import Scope

from service.recommendations.requests import RankingsBody, RecommendationsBody
from service.recommendations.responses import BatchResult

BASE_UNITS: Mapping[tuple[str, str], int] = {
    ("GET", "/v1/users/{user_id}/recommendations"): 4,
    ("GET", "/v1/users/{user_id}/buy-again"): 2,
    ("GET", "/v1/users/{user_id}/profile"): 50,
    ("DELETE", "/v1/users/{user_id}"): 3,
    ("PUT", "/v1/users/{user_id}/preferences"): 3,
    ("GET", "/v1/products/{product_id}/similar"): 2,
    ("GET", "/v1/products/{product_id}/bought-together"): 2,
    ("GET", "/v1/console/map"): 20,
    ("GET", "/v1/console/map/products"): 100,
    ("GET", "/v1/console/shoppers"): 5,
    ("GET", "/v1/console/shoppers/{shopper_id}"): 25,
    ("GET", "/v1/console/products"): 100,
    ("GET", "/v1/console/products/{product_id}"): 8,
    ("GET", "/v1/console/products/{product_id}/shoppers"): 2_000,
    ("GET", "/v1/console/data"): 5,
    ("GET", "/v1/console/snapshots"): 20,
    ("GET", "/v1/console/snapshots/compare"): 500,
    ("POST", "/v1/console/snapshots/{version}/rollback"): 200,
    ("GET", "/console"): 5,
    ("GET", "/console/shoppers"): 5,
    ("GET", "/console/shoppers/{shopper_id}"): 25,
    ("GET", "/console/guest"): 100,
    ("GET", "/console/map/columns"): 20,
    ("GET", "/console/map/products"): 100,
    ("GET", "/console/data"): 5,
    ("GET", "/console/snapshots"): 20,
    ("GET", "/console/snapshots/compare"): 500,
    ("GET", "/console/snapshots/compare/changes"): 500,
    ("GET", "/console/snapshots/rollback"): 20,
    ("POST", "/console/snapshots/rollback"): 200,
    ("GET", "/console/products"): 100,
    ("GET", "/console/products/{product_id}"): 8,
    ("GET", "/console/products/{product_id}/shoppers"): 2_000,
}
"""Units by method and route template. All other calls start at 1."""

WITHOUT_SHOPPER: Mapping[str, int] = {
    "/v1/console/snapshots/compare": 6_000,
    "/console/snapshots/compare": 20,
    "/console/snapshots/compare/changes": 6_000,
}
"""Units of calls that may name a shopper and do not. They concern a sample, or nobody yet."""

SESSION_UNITS = 3
"""Units of recommendations for a session or a basket."""

RANKING_UNITS = 2
"""Units of a ranking."""

_FOR_SHOPPER = 1
_PLAIN_PAGE = 20
_MAX_ITEMS = 100
_WORK_PER_UNIT = 40
_INPUTS_PER_UNIT = 100


def call_units(scope: Scope) -> int:
    """Units of a routed call, as far as its URL says.

    A route that takes a body may add to them. Values are not validated yet: an invalid one is rejected later.
    """
    template = scope["path_template"]
    if template in WITHOUT_SHOPPER and not ASGIConnection(scope).query_params.get("user_id"):
        return WITHOUT_SHOPPER[template]
    units = BASE_UNITS.get((str(scope.get("method")), template), 1)
    if not scope["query_string"]:
        return units
    query = ASGIConnection(scope).query_params
    items = _items(query.get("limit"))
    work = _item_work(
        explain=query.get("explain", "false").lower() not in ("false", "0"),
        expand="expand" in query,
        diverse=query.get("diversity", "0") != "0",
    )
    return units + _page_units(items * work) + _FOR_SHOPPER * ("user_id" in query)


def _items(limit: str | None) -> int:
    """Number of items to count for a parameter `limit`.

    An unusual spelling, such as `1e2`, is not read here, and counts as the maximum.
    """
    if limit is None:
        return _PLAIN_PAGE
    is_plain = limit.isascii() and limit.isdigit() and len(limit) <= 3
    return min(int(limit), _MAX_ITEMS) if is_plain else _MAX_ITEMS


def session_units(body: RecommendationsBody) -> int:
    """Units of recommendations for a body, alone or as an entry of a batch."""
    inputs = len(body.interactions) + len(body.basket) + len(body.exclude)
    work = _item_work(explain=body.explain, expand=body.expand is not None, diverse=body.diversity > 0)
    return SESSION_UNITS + _page_units(body.limit * work) + inputs // _INPUTS_PER_UNIT


def ranking_units(body: RankingsBody) -> int:
    """Units of a ranking."""
    inputs = len(body.product_ids) + len(body.interactions) + len(body.basket)
    return RANKING_UNITS + inputs // _INPUTS_PER_UNIT


def batch_units(entries: Iterable[RecommendationsBody | BatchResult]) -> int:
    """Units of a batch: those of its entries, and one for each rejected one."""
    return sum(1 if isinstance(entry, BatchResult) else session_units(entry) for entry in entries)


def _item_work(*, explain: bool, expand: bool, diverse: bool) -> int:
    """Work for one item, 1 for one of a plain page."""
    return 1 + 2 * explain + expand + 4 * diverse


def _page_units(work: int) -> int:
    """Units beyond those of a plain page."""
    return -(-max(0, work - _PLAIN_PAGE) // _WORK_PER_UNIT)
