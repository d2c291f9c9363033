"""The load test's mix of calls: known shoppers (Zipf), new ones, and guests."""

import random
from collections.abc import Iterator
from itertools import chain, count, zip_longest

from benchmarks.serving.load.client import post
from benchmarks.serving.load.questions import Batches, Caller
from loadtests.popularity import ZipfChoice

_SHOPPERS = 3_000
_VISITS = 40
_KNOWN, _NEW, _GUESTS = 6, 2, 2
_SHOWN = 5
_BUYS = 0.4
_GUEST_VIEWS = 4


def mix(caller: Caller) -> Batches:
    """Visits as in `loadtests/locustfile.py`, forty at a time.

    The first steps of all visits come first, then the second ones, so that an event is there before the next read.
    """
    rng = random.Random(7)
    known = ZipfChoice(caller.new_shoppers(_SHOPPERS))
    numbers = count()
    while True:
        visits = [list(_visit(caller, rng, known, numbers)) for _ in range(_VISITS)]
        steps = chain.from_iterable(zip_longest(*visits))
        yield [request for request in steps if request is not None]


def _visit(caller: Caller, rng: random.Random, known: ZipfChoice, numbers: Iterator[int]) -> Iterator[bytes]:
    kind = rng.choices(["known", "new", "guest"], [_KNOWN, _NEW, _GUESTS])[0]
    if kind == "guest":
        yield from _guest(caller, rng)
        return
    user_id = known.draw(rng) if kind == "known" else f"new-{next(numbers)}"
    product = caller.product()
    yield caller.for_you(user_id)
    impressions = [caller.event(user_id, "impression", caller.product()) for _ in range(_SHOWN)]
    opened = [caller.event(user_id, kind, product) for kind in ("click", "view")]
    yield caller.record([*impressions, *opened])
    yield caller.get(f"/v1/products/{product}/similar?limit=10")
    yield caller.record([caller.event(user_id, "cart", product)])
    if rng.random() < _BUYS:
        yield caller.record([caller.event(user_id, "purchase", product)])
        yield caller.for_you(user_id)


def _guest(caller: Caller, rng: random.Random) -> Iterator[bytes]:
    viewed: list[str] = []
    for _ in range(rng.randint(1, _GUEST_VIEWS)):
        viewed.append(caller.product())
        interactions = [{"product_id": product, "kind": "view"} for product in viewed]
        yield post("/v1/recommendations", caller.stack.token, {"interactions": interactions, "limit": 10})
        yield caller.get(f"/v1/products/{viewed[-1]}/similar?limit=10")
