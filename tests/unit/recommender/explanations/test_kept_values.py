"""Values that are computed once."""

from collections.abc import Sequence

from recommender.explanations.kept_values import kept_or_made


def test_missing_values_are_made_together_and_bounded() -> None:
    kept: dict[int, str] = {}
    made: list[list[int]] = []

    def make(keys: Sequence[int]) -> list[str]:
        made.append(list(keys))
        return [f"value {key}" for key in keys]

    for keys in ([1, 2], [2, 3], [3, 1], [4, 1], [1]):
        assert kept_or_made(kept, keys, make, 3) == [f"value {key}" for key in keys]
        assert len(kept) <= 3
    assert made == [[1, 2], [3], [4, 1]]
