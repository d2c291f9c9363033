"""Recommendations for a session or a basket in the request's body."""

from collections.abc import Awaitable, Callable
from functools import partial

from recommender.scenarios.for_you import for_you
from service.recommendations.paging import ListRequest
from service.recommendations.requests import RecommendationsBody
from service.recommendations.responses import RecommendationsView
from service.recommendations.service import Recommendations
from service.recommendations.viewers import Viewer


async def recommend_session(
    recommendations: Recommendations,
    body: RecommendationsBody,
    caller: str | None,
    pointer: str = "",
    take_slice: Callable[[], Awaitable[None]] | None = None,
) -> RecommendationsView:
    """Recommendations for the body's interactions, basket and shopper.

    Args:
        recommendations: answers the request.
        body: the request. Its user id is authorized already.
        caller: shopper whose own token the request carries, if any.
        pointer: JSON pointer to the body, for errors.
        take_slice: called before the answer is made.

    Raises:
        InvalidBody: an invalid id or scenario, or a cursor of another list.
        NothingToServe: no snapshot is loaded yet.
    """
    body.check(pointer)
    request = ListRequest.of(
        body.effective_scenario(),
        body.subject(),
        body.query(recommendations.in_stock_by_default),
        body.presentation(f"{pointer}/cursor"),
    )

    answer = partial(for_you, session=body.session(recommendations.clock()))
    answered = await recommendations.personal(request, Viewer(body.user_id, caller), answer, take_slice)
    return answered.view
