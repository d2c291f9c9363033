"""Batches: many requests in one call, each with its own authorisation and result."""

import asyncio
from collections.abc import Callable

from service.auth import AuthorizationError
from service.http.problems import ProblemException, problem_of
from service.recommendations.requests import BatchBody, BatchEntry
from service.recommendations.responses import BatchResult, BatchView
from service.recommendations.service import Recommendations
from service.recommendations.sessions import recommend_session

MAX_CONCURRENT_ENTRIES = 16
"""Entries of one batch that are processed at the same time."""


async def answer_batch(
    recommendations: Recommendations,
    check_subject: Callable[[str | None], None],
    body: BatchBody,
    instance: str,
) -> BatchView:
    """Answers every entry, in order: with its recommendations or its problem.

    Args:
        recommendations: answers each entry.
        check_subject: raises AuthorizationError for a shopper whom the caller may not reach.
        body: the batch.
        instance: the request's path, for problems.

    Raises:
        InvalidBody: two entries share an id.
    """
    body.check()
    waiting = asyncio.Semaphore(MAX_CONCURRENT_ENTRIES)

    async def result(number: int, entry: BatchEntry) -> BatchResult:
        async with waiting:
            await asyncio.sleep(0)  # lets other requests run between entries that need no IO
            try:
                check_subject(entry.user_id)
                answer = await recommend_session(recommendations, entry, f"/entries/{number}")
            except (ProblemException, AuthorizationError) as error:
                problem = problem_of(error, instance)
                return BatchResult(entry.id, problem.status, problem=problem)
        return BatchResult(entry.id, 200, answer)

    tasks = (result(number, entry) for number, entry in enumerate(body.entries))
    return BatchView(list(await asyncio.gather(*tasks)))
