"""Counts impressions, clicks and purchases of recommendations per scenario."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from adapters.cache import CacheUnavailable, SeenStore
from adapters.database import Event
from adapters.telemetry import ServiceMetrics
from service.signed.recommendation_ids import RecommendationIds, Recommended

WINDOW_SECONDS = 3 * 86_400
"""Age of a personal recommendation up to which its impressions and clicks count."""

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Attribution:
    """Counts what shoppers saw, clicked and bought.

    The click-through rate of a scenario is its clicks divided by its impressions, its conversion is its purchases
    divided by its clicks. Each counts once for a shopper, a recommendation and a product, on all pods together.

    Attributes:
        seen: what was counted before.
        clock: epoch seconds.
    """

    ids: RecommendationIds
    seen: SeenStore
    metrics: ServiceMetrics
    clock: Callable[[], float]

    async def count(self, events: Iterable[Event]) -> int:
        """Counts the newly stored events that name a recommendation.

        Nothing is counted while the store of counted events is down.

        Returns:
            Number of impressions, clicks and purchases whose recommendation is unknown, too old, of another shopper,
            or lacks the product.
        """
        unattributed = 0
        counted: dict[str, dict[int, tuple[str, str]]] = defaultdict(dict)
        for event in events:
            if event.kind not in ("impression", "click", "purchase") or event.recommendation_id is None:
                continue
            recommended = self.ids.read(event.recommendation_id)
            if recommended is None or not self._applies(recommended, event):
                unattributed += 1
            else:
                number = _number(event.recommendation_id, event.product_id, event.kind)
                counted[_key(recommended, event)][number] = event.kind, recommended.scenario
        if counted:
            await self._count_new(counted)
        return unattributed

    async def _count_new(self, counted: dict[str, dict[int, tuple[str, str]]]) -> None:
        numbers = {key: list(kinds) for key, kinds in counted.items()}
        try:
            new = await self.seen.add(numbers, WINDOW_SECONDS + _DAY_SECONDS)
        except CacheUnavailable as error:
            structlog.get_logger("service").debug("events not attributed", reason=str(error))
            return
        count = {
            "impression": self.metrics.impression,
            "click": self.metrics.click,
            "purchase": self.metrics.purchase,
        }
        kinds = [kind for each in counted.values() for kind in each.values()]
        for (kind, scenario), is_new in zip(kinds, new, strict=True):
            if is_new:
                count[kind](scenario)

    def _applies(self, recommended: Recommended, event: Event) -> bool:
        made_at = recommended.milliseconds
        is_recent = not made_at or self.clock() - made_at / 1000 <= WINDOW_SECONDS
        return is_recent and recommended.is_of(event.user_id) and recommended.has(event.product_id)


def _key(recommended: Recommended, event: Event) -> str:
    """Key of the set that holds the event's number.

    A shopper has one set for the recommendations of each day, which lives as long as any of them counts, and one for
    the shared lists of each snapshot. A recommendation for an unknown shopper has a set of its own: each of its
    products counts for the first shopper alone.
    """
    if not recommended.milliseconds:
        parts = event.user_id, recommended.version
    elif recommended.owner:
        parts = event.user_id, str(recommended.milliseconds // (1000 * _DAY_SECONDS))
    else:
        parts = "", str(event.recommendation_id)
    return _digest(*parts).hexdigest()


def _number(*parts: str) -> int:
    return int.from_bytes(_digest(*parts).digest()[:6], "big")


def _digest(*parts: str) -> "hashlib.blake2b":
    return hashlib.blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=16)
