from adapters.cache.recent_keys import RecentKeys
from tests.support.tokens import Clock


def test_keys_are_forgotten_after_their_time() -> None:
    clock = Clock()
    keys = RecentKeys(10, 100, clock)
    keys.add(["a", "b"])
    clock.now += 5
    keys.add(["a"])
    clock.now += 5
    keys.add(["c"])
    assert list(keys) == ["a", "c"]


def test_latest_of_too_many_keys_are_kept() -> None:
    keys = RecentKeys(10, 3, Clock())
    keys.add(str(number) for number in range(10))
    keys.add(["8", "new"])
    assert list(keys) == ["9", "8", "new"]
