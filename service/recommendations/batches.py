"""Batches: many requests in one call, each with its own validation, authorization and result."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from service.auth import AuthorizationError
from service.http.json_bodies import decode_entry, entry_id
from service.http.problems import InvalidBody, ProblemException, problem_of
from service.recommendations.requests import Batch, BatchEntry
from service.recommendations.responses import BatchResult
from service.recommendations.service import Recommendations
from service.recommendations.sessions import recommend_session

MAX_CONCURRENT_ENTRIES = 16
"""Entries of one batch whose profiles are read at the same time."""

_ENTRY = msgspec.json.Decoder(BatchEntry)


async def answer_batch(
    recommendations: Recommendations,
    check_subject: Callable[[str | None], None],
    caller: str | None,
    entries: Sequence[BatchEntry | BatchResult],
    instance: str,
) -> bytes:
    """Answers every entry, in order: with its recommendations or its problem.

    Each entry is answered and encoded in time slices of its own, so that other requests run in between.

    Args:
        recommendations: answers each entry.
        check_subject: raises AuthorizationError for a shopper whom the caller may not reach.
        caller: shopper whose own token the request carries, if any.
        entries: decoded requests, and the results of rejected ones.
        instance: the request's path, for problems.

    Returns:
        An encoded `BatchView`.
    """
    waiting = asyncio.Semaphore(MAX_CONCURRENT_ENTRIES)

    async def result(pointer: str, entry: BatchEntry | BatchResult) -> bytes:
        if isinstance(entry, BatchResult):
            return msgspec.json.encode(entry)
        async with waiting:
            try:
                check_subject(entry.user_id)
                take_slice = recommendations.slices.take
                answer = await recommend_session(recommendations, entry, caller, pointer, take_slice)
            except (ProblemException, AuthorizationError) as error:
                return msgspec.json.encode(_rejected(entry.id, error, instance))
            return msgspec.json.encode(BatchResult(entry.id, 200, answer))

    results = [result(f"/entries/{number}", entry) for number, entry in enumerate(entries)]
    return b'{"results":[' + b",".join(await asyncio.gather(*results)) + b"]}"


async def decode_batch(
    recommendations: Recommendations, batch: Batch, instance: str
) -> list[BatchEntry | BatchResult]:
    """Decodes each entry in a time slice of its own, or rejects it."""
    entries: list[BatchEntry | BatchResult] = []
    seen: set[str] = set()
    for number, raw in enumerate(batch.entries):
        await recommendations.slices.take()
        try:
            entry = decode_entry(raw, _ENTRY, f"/entries/{number}")
            if entry.id in seen:
                finding = f"{entry.id[:50]!r} is the id of an earlier entry"
                raise InvalidBody(f"/entries/{number}/id", finding)
        except ProblemException as error:
            entries.append(_rejected(entry_id(raw), error, instance))
        else:
            seen.add(entry.id)
            entries.append(entry)
    return entries


def _rejected(id_: str | None, error: ProblemException | AuthorizationError, instance: str) -> BatchResult:
    problem = problem_of(error, instance)
    return BatchResult(id_, problem.status, problem=problem)
