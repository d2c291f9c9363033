"""Values that are computed once and kept, up to a number of them."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


def kept_or_made(
    kept: dict[_Key, _Value],
    keys: Sequence[_Key],
    make: Callable[[Sequence[_Key]], Iterable[_Value]],
    most: int,
) -> list[_Value]:
    """The value of each key, made by `make` at its first use.

    When `kept` would have more than `most` values, it is emptied, and begins again with those of `keys`.
    """
    missing: Sequence[_Key] = [key for key in keys if key not in kept]
    if missing:
        if len(kept) + len(missing) > most:
            kept.clear()
            missing = keys
        kept.update(zip(missing, make(missing), strict=True))
    return [kept[key] for key in keys]
