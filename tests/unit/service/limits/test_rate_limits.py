"""Leases of shared quotas: several pods, concurrent requests, and an unavailable store."""

import asyncio
import re
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.metrics import NoOpMeter

from adapters.cache import CacheUnavailable, InProcessQuotas, LeaseRequest, Leases, Quota, QuotaStore
from adapters.telemetry import ServiceMetrics
from service.auth import Principal
from service.limits import Caller, FallbackQuotas, Quotas, RateLimits, TooManyRequests
from tests.support.tokens import Clock

pytestmark = pytest.mark.anyio


def caller_of(subject: str = "ana", client_id: str = "shop", scope: str = "recommendations:read") -> Caller:
    return Caller.of(Principal(subject, client_id, frozenset(scope.split()), "https://issuer.test", 0.0))


SERVICE = caller_of("shop", scope="recommendations:read.any")


def pod(store: QuotaStore, clock: Clock, client: int = 0, shopper: int = 0) -> RateLimits:
    quotas = Quotas(Quota(client, 60) if client else None, Quota(shopper, 60) if shopper else None)
    metrics = ServiceMetrics(NoOpMeter("tests"))
    return RateLimits(store, quotas, metrics, lambda user_id: f"profile:{user_id}", clock)


async def passes(
    limits: RateLimits, caller: Caller = SERVICE, user_id: str | None = None, units: int = 1
) -> bool:
    try:
        await limits.spend(limits.quota_state(caller, user_id), units)
    except TooManyRequests:
        return False
    return True


async def passing(limits: RateLimits, requests: int, caller: Caller = SERVICE) -> int:
    return sum([await passes(limits, caller) for _ in range(requests)])


@dataclass
class Counted:
    """Counts round trips, each of which yields to the event loop."""

    store: QuotaStore
    requests: list[Sequence[LeaseRequest]] = field(default_factory=list)
    ahead: list[str | None] = field(default_factory=list)
    down: bool = False

    async def take(self, requests: Sequence[LeaseRequest], read_ahead: str | None = None) -> Leases:
        self.requests.append(requests)
        self.ahead.append(read_ahead)
        await asyncio.sleep(0.001)
        if self.down:
            raise CacheUnavailable("Redis EVAL failed")
        return await self.store.take(requests, read_ahead)


async def test_pod_admits_exactly_the_quota_and_its_refill() -> None:
    clock = Clock()
    limits = pod(InProcessQuotas(max_entries=10, clock=clock), clock, client=600)
    assert await passing(limits, 700) == 600
    clock.now += 1
    assert await passing(limits, 30) == 10
    clock.now += 3600
    assert await passing(limits, 700) == 600


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 40), st.floats(0, 5)), max_size=60))
async def test_pods_together_admit_the_quota(turns: list[tuple[int, int, float]]) -> None:
    """Checks the quota with its refill, less leases of other pods."""
    clock, quota = Clock(), 300
    store = InProcessQuotas(max_entries=10, clock=clock)
    pods = [pod(store, clock, client=quota) for _ in range(3)]
    began, passed, refused = clock.now, 0, False
    for number, requests, seconds in turns:
        clock.now += seconds
        through = await passing(pods[number], requests)
        passed, refused = passed + through, refused or through < requests
    assert passed <= quota * (1 + (clock.now - began) / 60) + 1e-6
    if refused:
        assert passed >= quota - 2 * 3


@given(st.lists(st.tuples(st.integers(1, 500), st.floats(0, 100)), max_size=30))
async def test_batches_of_any_size_stay_within_the_quota(batches: list[tuple[int, float]]) -> None:
    clock = Clock()
    limits = pod(InProcessQuotas(max_entries=10, clock=clock), clock, client=120)
    began, spent = clock.now, 0
    for units, seconds in batches:
        clock.now += seconds
        spent += min(units, 120) if await passes(limits, units=units) else 0
        assert spent <= 120 + (clock.now - began) * 2 + 1e-6


async def test_request_larger_than_the_quota_takes_all_of_it() -> None:
    clock = Clock()
    limits = pod(InProcessQuotas(max_entries=10, clock=clock), clock, client=120)
    assert await passes(limits, units=500)
    assert not await passes(limits)
    clock.now += 30
    assert not await passes(limits, units=500)
    clock.now += 30
    assert await passes(limits, units=500)


@pytest.mark.parametrize("second", [90, 500])
async def test_request_that_spends_twice_passes_after_the_named_time(second: int) -> None:
    """A repetition spends its first units again, and needs the quota at most."""
    clock = Clock()
    limits = pod(InProcessQuotas(max_entries=10, clock=clock), clock, client=120)

    async def spend_twice() -> None:
        state = limits.quota_state(SERVICE, None)
        await limits.spend(state, 10)
        await limits.spend(state, second, spent=10)

    await spend_twice()
    clock.now += 10
    with pytest.raises(TooManyRequests) as refused:
        await spend_twice()
    clock.now += int(refused.value.headers["retry-after"])
    await spend_twice()


async def test_leases_save_round_trips_and_rejections_need_none() -> None:
    clock = Clock()
    store = Counted(InProcessQuotas(max_entries=10, clock=clock))
    limits = pod(store, clock, client=1000)
    assert await passing(limits, 1000) == 1000
    assert len(store.requests) == 100
    assert await passing(limits, 500) == 0
    assert len(store.requests) == 100


async def test_concurrent_requests_share_a_renewal_and_stay_within_the_quota() -> None:
    clock = Clock()
    store = Counted(InProcessQuotas(max_entries=10, clock=clock))
    limits = pod(store, clock, client=300, shopper=200)
    users = [f"u{number % 2}" for number in range(900)]
    passed = await asyncio.gather(*(passes(limits, SERVICE, user) for user in users))
    assert sum(passed) == 300
    assert len(store.requests) < 20


async def test_cancelled_request_leaves_the_lease_usable() -> None:
    clock = Clock()
    store = Counted(InProcessQuotas(max_entries=10, clock=clock))
    limits = pod(store, clock, client=100)
    first = asyncio.create_task(passes(limits))
    others = [asyncio.create_task(passes(limits)) for _ in range(5)]
    await asyncio.sleep(0)
    first.cancel()
    others[0].cancel()
    assert await asyncio.gather(*others[1:]) == [True] * 4
    # The cancelled request's lease may be lost, nothing else.
    assert await passing(limits, 200) == 96


@pytest.mark.parametrize(
    ("caller", "user_id", "limited"),
    [
        (caller_of("ana"), None, "ana"),
        (caller_of("ana"), "ben", "ana"),  # rejected later, and must not use up ben's quota
        (SERVICE, "ben", "ben"),
        (SERVICE, None, None),
        (caller_of("shop", "shop"), None, None),
    ],
)
async def test_request_counts_against_its_shoppers_quota(
    caller: Caller, user_id: str | None, limited: str | None
) -> None:
    clock = Clock()
    limits = pod(InProcessQuotas(max_entries=10, clock=clock), clock, shopper=1)
    assert await passes(limits, caller, user_id)
    assert await passes(limits, caller, user_id) == (limited is None)
    for shopper in ("ana", "ben"):
        assert await passes(limits, caller_of(shopper)) == (shopper != limited)


async def test_clients_of_different_issuers_have_their_own_quotas() -> None:
    clock = Clock()
    limits = pod(InProcessQuotas(max_entries=10, clock=clock), clock, client=1)
    other = Caller(("https://other.test", "shop"), None)
    assert await passes(limits, SERVICE)
    assert not await passes(limits, SERVICE)
    assert await passes(limits, other)


async def test_nothing_is_spent_if_one_of_two_quotas_is_used_up() -> None:
    clock = Clock()
    limits = pod(InProcessQuotas(max_entries=10, clock=clock), clock, client=10, shopper=1)
    assert await passes(limits, SERVICE, "ana")
    assert not await passes(limits, SERVICE, "ana")
    assert await passing(limits, 20) == 9


async def test_shoppers_cannot_use_up_the_quota_of_another_shopper_of_their_client() -> None:
    clock = Clock()
    limits = pod(InProcessQuotas(max_entries=1000, clock=clock), clock, client=10, shopper=5)
    for number in range(100):
        assert await passing(limits, 10, caller_of(f"busy-{number}")) == 5
    assert await passes(limits, caller_of("ana"))
    assert await passes(limits, SERVICE)


async def test_leases_do_not_grow_with_the_length_of_names() -> None:
    clock = Clock()
    limits = pod(InProcessQuotas(max_entries=10_000, clock=clock), clock, client=10_000, shopper=5)
    tracemalloc.start()
    for number in range(1_000):
        assert await passes(limits, SERVICE, f"{number}" + "x" * 16_000)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 2_000_000


async def test_headers_give_remaining_units_and_the_time_of_refill() -> None:
    clock = Clock()
    store = InProcessQuotas(max_entries=10, clock=clock)
    limits = pod(store, clock, client=600, shopper=60)
    quota_state = limits.quota_state(SERVICE, "ana")
    await limits.spend(quota_state, 30)
    assert quota_state.headers() == [
        (b"ratelimit-policy", b'"client";q=600;w=60, "shopper";q=60;w=60'),
        (b"ratelimit", b'"client";r=570;t=3, "shopper";r=30;t=30'),
    ]
    with pytest.raises(TooManyRequests) as refused:
        await limits.spend(quota_state, 40)
    assert refused.value.headers == {"retry-after": "10"}
    clock.now += 10
    await limits.spend(quota_state, 40)
    assert pod(store, clock).quota_state(SERVICE, "ana").headers() == []


async def test_keys_of_the_store_hold_no_names() -> None:
    clock = Clock()
    store = Counted(InProcessQuotas(max_entries=10, clock=clock))
    await passes(pod(store, clock, client=10, shopper=10), SERVICE, "ana@example.org")
    keys = [request.key for requests in store.requests for request in requests]
    assert all(re.fullmatch("(client|shopper):[0-9a-f]{32}", key) for key in keys), keys


async def test_profile_is_read_ahead_once() -> None:
    clock = Clock()
    store = Counted(InProcessQuotas(max_entries=10, clock=clock))
    limits = pod(store, clock, client=10)
    await limits.spend(limits.quota_state(SERVICE, "ana"), 1, "ana")
    await limits.spend(limits.quota_state(SERVICE, "ana"), 1, None)
    assert store.ahead == ["profile:ana", None]


@dataclass
class Outage:
    """A pod whose shared store can be made unavailable."""

    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.shared = Counted(InProcessQuotas(max_entries=10, clock=self.clock))
        own = InProcessQuotas(max_entries=10, clock=self.clock)
        self.limits = pod(FallbackQuotas(self.shared, own), self.clock, client=100)


async def test_limit_holds_per_pod_while_the_store_is_down() -> None:
    outage = Outage()
    outage.shared.down = True
    with structlog.testing.capture_logs() as logs:
        assert await passing(outage.limits, 300) == 100
        outage.clock.now += 2
        assert await passing(outage.limits, 10) == 3  # what refilled in two seconds
    assert [entry["event"] for entry in logs] == ["rate limits hold per pod"]


async def test_shared_limit_holds_again_after_an_outage() -> None:
    outage = Outage()
    outage.shared.down = True
    await passes(outage.limits)
    outage.shared.down = False
    outage.clock.now += 2
    with structlog.testing.capture_logs() as logs:
        await passing(outage.limits, 10)
    assert [entry["event"] for entry in logs] == ["rate limits are shared again"]
