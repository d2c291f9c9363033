"""Arithmetic of shared quotas, by property."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cache import InProcessQuotas, LeaseRequest, Quota
from adapters.cache.quotas import grant_lease

MICROSECONDS = 1_000_000
quotas = st.builds(Quota, st.integers(1, 10**9), st.integers(1, 3600))


def request(quota: Quota, minimum: int = 1, maximum: int = 1) -> LeaseRequest:
    return LeaseRequest("k", quota, minimum, maximum)


@pytest.mark.parametrize(("requests", "seconds"), [(0, 60), (60, 0), (-1, 60)])
def test_a_quota_without_units_or_seconds_is_rejected(requests: int, seconds: int) -> None:
    with pytest.raises(ValueError, match="at least one request in one second"):
        Quota(requests, seconds)


@given(quotas, st.integers(0, 2**52))
def test_a_full_bucket_grants_exactly_its_quota(quota: Quota, now: int) -> None:
    full_at, grant = grant_lease(None, now, request(quota, maximum=quota.requests * 2))
    assert (grant.units, grant.remaining) == (quota.requests, 0)
    _, after = grant_lease(full_at, now, request(quota))
    assert (after.units, after.remaining) == (0, 0)
    _, refilled = grant_lease(full_at, now + quota.seconds * MICROSECONDS, request(quota))
    assert refilled.units == 1
    assert refilled.remaining == quota.requests - 1


@given(
    quotas,
    st.lists(st.tuples(st.integers(0, 10**8), st.integers(1, 10**9), st.integers(0, 10**9)), max_size=50),
)
def test_grants_never_exceed_the_quota_and_its_refill(
    quota: Quota, requests: list[tuple[int, int, int]]
) -> None:
    full_at, now, granted = None, 1_000, 0
    began = now
    for passed, minimum, more in requests:
        now += passed
        full_at, grant = grant_lease(full_at, now, request(quota, minimum, minimum + more))
        assert grant.units == 0 or minimum <= grant.units <= minimum + more
        granted += grant.units
        window = quota.seconds * MICROSECONDS
        assert granted <= quota.requests + (now - began) * quota.requests / window + 1e-6 * granted


@given(quotas, st.integers(0, 10**15), st.integers(0, 10**15))
def test_a_changed_clock_leaves_no_debt_beyond_one_window(quota: Quota, then: int, now: int) -> None:
    full_at, _ = grant_lease(None, then, request(quota, maximum=quota.requests))
    _, later = grant_lease(full_at, now, request(quota))
    assert 0 <= later.remaining <= quota.requests
    full_at, _ = grant_lease(full_at, now, request(quota, maximum=quota.requests))
    _, recovered = grant_lease(full_at, now + quota.seconds * MICROSECONDS, request(quota))
    assert recovered.units == 1


@pytest.mark.anyio
async def test_the_least_recently_used_bucket_is_evicted() -> None:
    store = InProcessQuotas(max_entries=2, clock=lambda: 5.0)
    one = Quota(1, 60)
    requests = [LeaseRequest(key, one, 1, 1) for key in "abc"]
    assert [grant.units for grant in (await store.take(requests)).grants] == [1, 1, 1]
    assert [grant.units for grant in (await store.take(requests[1:])).grants] == [0, 0]
    assert [grant.units for grant in (await store.take(requests[:1])).grants] == [1]
