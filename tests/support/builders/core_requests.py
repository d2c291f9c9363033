"""Short forms of requests to the core and of their answers."""

from adapters.telemetry import SilentStages
from recommender.entities import Answer, Interaction, Profile
from recommender.snapshot import Snapshot
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds
from recommender.snapshot.overlay import Overlay

STAGES = SilentStages()
DAY = 86_400.0


def unchanged(snapshot: Snapshot) -> Corrections:
    """The corrections of an empty overlay."""
    return Corrections.of(Overlay(), snapshot)


def ids(answer: Answer) -> list[str]:
    """The product ids of the items, in order."""
    return [item.product_id for item in answer.items]


def resolved(snapshot: Snapshot) -> ResolvedIds:
    """A resolver of product ids without cached rows."""
    return ResolvedIds(snapshot.lookup)


def bought(*products: str) -> Profile:
    """Profile of a shopper who bought `products`, latest first, a second apart."""
    return Profile(
        "u", tuple(Interaction(product, 100 * DAY - number) for number, product in enumerate(products))
    )
