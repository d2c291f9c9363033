"""Answers around one product, which the snapshot may lack yet."""

from collections.abc import Callable

from recommender.entities import Answer, Query
from recommender.ports import StageObserver
from recommender.snapshot import Snapshot
from recommender.snapshot.additions import Addition
from recommender.snapshot.corrections import Corrections
from recommender.snapshot.lookups import ResolvedIds
from service.http.problems import UnknownProduct
from service.snapshots.live import Serving

AroundRow = Callable[[Snapshot, Corrections, int, Query, StageObserver], Answer]
AroundAddition = Callable[[Snapshot, Corrections, Addition, Query, StageObserver], Answer]


def answer_around(
    serving: Serving,
    product_id: str,
    query: Query,
    stages: StageObserver,
    of_row: AroundRow,
    of_addition: AroundAddition,
) -> Answer:
    """Answers by `of_row`, or by `of_addition` for a product that the catalog added since.

    Raises:
        UnknownProduct: neither snapshot nor overlay has the product, or it was deleted since.
    """
    snapshot, corrections = serving.snapshot, serving.corrections
    addition = corrections.additions.by_id.get(product_id)
    if addition is not None:
        return of_addition(snapshot, corrections, addition, query, stages)
    ids = ResolvedIds(snapshot.lookup)
    if corrections.missing([product_id], ids):
        raise UnknownProduct(product_id)
    return of_row(snapshot, corrections, int(ids.find([product_id])[0]), query, stages)
