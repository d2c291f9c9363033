"""The arithmetic of shared quotas, whatever is asked whenever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cache import Ask, InProcessQuotas, Quota
from adapters.cache.quotas import taken

MICROSECONDS = 1_000_000
quotas = st.builds(Quota, st.integers(1, 10**9), st.integers(1, 3600))


def ask(quota: Quota, least: int = 1, most: int = 1) -> Ask:
    return Ask("k", quota, least, most)


@pytest.mark.parametrize(("requests", "seconds"), [(0, 60), (60, 0), (-1, 60)])
def test_a_quota_of_nothing_is_a_mistake(requests: int, seconds: int) -> None:
    with pytest.raises(ValueError, match="at least one request in one second"):
        Quota(requests, seconds)


@given(quotas, st.integers(0, 2**52))
def test_a_full_bucket_gives_exactly_all_that_there_is(quota: Quota, now: int) -> None:
    full_at, grant = taken(None, now, ask(quota, most=quota.requests * 2))
    assert (grant.taken, grant.left) == (quota.requests, 0)
    _, after = taken(full_at, now, ask(quota))
    assert (after.taken, after.left) == (0, 0)
    _, refilled = taken(full_at, now + quota.seconds * MICROSECONDS, ask(quota))
    assert refilled.taken == 1
    assert refilled.left == quota.requests - 1


@given(
    quotas,
    st.lists(st.tuples(st.integers(0, 10**8), st.integers(1, 10**9), st.integers(0, 10**9)), max_size=50),
)
def test_never_more_than_the_quota_and_its_refill(quota: Quota, asks: list[tuple[int, int, int]]) -> None:
    full_at, now, granted = None, 1_000, 0
    began = now
    for passed, least, more in asks:
        now += passed
        full_at, grant = taken(full_at, now, ask(quota, least, least + more))
        assert grant.taken == 0 or least <= grant.taken <= least + more
        granted += grant.taken
        window = quota.seconds * MICROSECONDS
        assert granted <= quota.requests + (now - began) * quota.requests / window + 1e-6 * granted


@given(quotas, st.integers(0, 10**15), st.integers(0, 10**15))
def test_a_clock_that_was_set_leaves_no_debt_beyond_one_window(quota: Quota, then: int, now: int) -> None:
    full_at, _ = taken(None, then, ask(quota, most=quota.requests))
    _, later = taken(full_at, now, ask(quota))
    assert 0 <= later.left <= quota.requests
    full_at, _ = taken(full_at, now, ask(quota, most=quota.requests))
    _, recovered = taken(full_at, now + quota.seconds * MICROSECONDS, ask(quota))
    assert recovered.taken == 1


@pytest.mark.anyio
async def test_as_many_buckets_are_kept_as_may_be() -> None:
    store = InProcessQuotas(max_entries=2, clock=lambda: 5.0)
    one = Quota(1, 60)
    asks = [Ask(key, one, 1, 1) for key in "abc"]
    assert [grant.taken for grant in await store.take(asks)] == [1, 1, 1]
    assert [grant.taken for grant in await store.take(asks[1:])] == [0, 0]
    assert [grant.taken for grant in await store.take(asks[:1])] == [1]
