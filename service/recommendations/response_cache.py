"""Finished answers, kept while nothing that they were made from changes."""

import weakref
from collections import OrderedDict
from typing import Generic, TypeVar

import msgspec

from service.recommendations.responses import ListResponse
from service.shoppers.profiles.loaded_profile import LoadedProfile
from service.shoppers.profiles.profile_reader import ProfileReader
from service.snapshots.live import LiveSnapshot, Serving

_Response = TypeVar("_Response")
Key = tuple[str | bytes | None, ...]
"""Everything in a request that its answer depends on."""


class _Entry(msgspec.Struct, Generic[_Response], frozen=True):
    """A kept answer.

    Attributes:
        shopper: the shopper who sees it. None: it depends on no shopper.
        loaded: the profile that it was made from.
        size: estimated bytes.
    """

    response: _Response
    shopper: str | None
    loaded: weakref.ref[LoadedProfile]
    size: int


class ResponseCache(Generic[_Response]):
    """Keeps the answers that were used last.

    An answer is valid while snapshot, overlay and the shopper's profile are the very objects that it was made from, and
    no dependency is down. All references to these are weak, so that an old snapshot is released with its last request.
    An answer is dropped with its profile.

    Args:
        live: snapshot and overlay. Another one drops all answers.
        profiles: profiles of shoppers.
        max_bytes: estimated size of all answers. 0 keeps none.
    """

    def __init__(self, live: LiveSnapshot, profiles: ProfileReader, max_bytes: int) -> None:
        self._live = live
        self._profiles = profiles
        self._max_bytes = max_bytes
        self._bytes = 0
        self._entries: OrderedDict[Key, _Entry[_Response]] = OrderedDict()
        self._serving: weakref.ref[Serving] | None = None

    def find(self, key: Key) -> _Response | None:
        """The valid answer to a request, or None.

        Args:
            key: everything in the request that its answer depends on.
        """
        entry = self._entries.get(key)
        # An invalid one may be valid again, once the profile was refreshed and is the same.
        if entry is None or not self._is_valid(entry):
            return None
        self._entries.move_to_end(key)
        return entry.response

    def keep(self, key: Key, response: _Response, size: int, made: ListResponse) -> None:
        """Keeps an answer, unless it is incomplete, or outdated already.

        Args:
            key: see `find`. A caller chooses its length.
            response: returned by `find`.
            size: estimated bytes, beside those of the key.
            made: the answer before it was encoded, with what it was made from.
        """
        if self._serving is None or self._serving() is not made.serving:
            self._entries.clear()
            self._bytes, self._serving = 0, weakref.ref(made.serving)
        # An answer does not outlive its profile: not in memory either, after an erasure.
        loaded = weakref.ref(made.loaded, lambda _: self._remove(key))
        size += sum(map(len, filter(None, key)))
        entry = _Entry(response, made.shopper, loaded, size)
        if made.view.degraded or not self._is_valid(entry):
            return
        self._remove(key)
        self._entries[key] = entry
        self._bytes += size
        while self._bytes > self._max_bytes:
            self._remove(next(iter(self._entries)))

    def _is_valid(self, entry: _Entry[_Response]) -> bool:
        serving = self._live.loaded
        if (
            serving is None
            or self._serving is None
            or self._serving() is not serving
            or self._live.feed_is_down
        ):
            return False
        if entry.shopper is None:
            return True
        loaded = self._profiles.kept(entry.shopper)
        return loaded is not None and loaded is entry.loaded()

    def _remove(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size
