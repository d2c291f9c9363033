"""Many requests in one call, each authorised and answered by itself."""

import asyncio

from service.auth import READ_RECOMMENDATIONS, AuthorizationError, Principal, authorize
from service.http.problems import ProblemException, problem_of
from service.recommendations.requests import BatchBody, BatchEntry
from service.recommendations.responses import BatchResult, BatchView
from service.recommendations.service import Recommendations
from service.recommendations.sessions import recommend_present

SIDE_BY_SIDE = 16
"""Entries of one batch that may wait for their profiles at once."""


async def answer_batch(
    recommendations: Recommendations, principal: Principal, body: BatchBody, instance: str
) -> BatchView:
    """A result for every entry, in the order of the entries: its answer, or the problem that it had.

    Args:
        recommendations: what answers are made with.
        principal: who asks, for all entries.
        body: the entries.
        instance: the request's path, which problems name.

    Raises:
        InvalidBody: two entries have one id.
    """
    body.check()
    waiting = asyncio.Semaphore(SIDE_BY_SIDE)

    async def result(number: int, entry: BatchEntry) -> BatchResult:
        async with waiting:
            await asyncio.sleep(0)  # entries without a profile to wait for let other requests in between too
            try:
                authorize(principal, READ_RECOMMENDATIONS, entry.user_id)
                answer = await recommend_present(recommendations, entry, f"/entries/{number}")
            except (ProblemException, AuthorizationError) as error:
                problem = problem_of(error, instance)
                return BatchResult(entry.id, problem.status, problem=problem)
        return BatchResult(entry.id, 200, answer)

    tasks = (result(number, entry) for number, entry in enumerate(body.entries))
    return BatchView(list(await asyncio.gather(*tasks)))
