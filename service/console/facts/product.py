"""One product: what the catalog says, how it sells, and what goes with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import numpy as np

from recommender.entities import Query
from recommender.snapshot.windows import WEEKS
from service.console.facts.lists import ConsoleList, shared_list
from service.http.problems import UnknownProduct
from service.recommendations.service import Recommendations
from service.recommendations.viewers import NOBODY
from service.snapshots.live import Serving

_WEEK = timedelta(days=7)


class WeekOfSales(msgspec.Struct, frozen=True):
    """Purchases of a product in one week.

    Attributes:
        begins_at: beginning of the week.
        purchases: their number.
    """

    begins_at: datetime
    purchases: int


class Statistics(msgspec.Struct, frozen=True):
    """Statistics of purchases, as of the snapshot.

    Attributes:
        buyers: distinct shoppers who ever bought it.
        recent_buyers: those in the last `popularity_days`.
        popularity_days: number of days in which recent buyers are counted.
        rank: place among all products by recent buyers, from 1.
        trend: recent demand over usual demand, null with too few buyers.
        repeat_rate: share of its buyers who bought it again, null if nobody in the shop buys again.
        usual_interval_days: usual time until it is bought again, null if unknown.
        weeks: purchases in the last weeks, oldest first. They end with the latest purchase of the shop. Null in a
            snapshot of an earlier release.
    """

    buyers: int
    recent_buyers: int
    popularity_days: int
    rank: int
    trend: float | None
    repeat_rate: float | None
    usual_interval_days: float | None
    weeks: list[WeekOfSales] | None


class ProductView(msgspec.Struct, frozen=True):
    """A product in the console.

    Attributes:
        product_id: the product.
        product: its newest description in the catalog, the last known one if it was deleted.
        deleted: true if the catalog deleted it since the snapshot. It is on no list then.
        changed: true if the catalog changed it since the snapshot.
        cold: true if too few shoppers bought it, so that its vector comes from its text and its neighbours.
        statistics: null for a product that the snapshot does not hold yet.
        snapshot_version: the snapshot that the statistics come from.
        lists: similar and bought-together products. Empty for a deleted product.
    """

    product_id: str
    product: Mapping[str, Any]
    deleted: bool
    changed: bool
    cold: bool
    statistics: Statistics | None
    snapshot_version: str
    lists: list[ConsoleList]


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """Answers questions about one product.

    Attributes:
        recommendations: answers like those of the API, without its metrics.
    """

    recommendations: Recommendations

    async def read(self, product_id: str, query: Query) -> ProductView:
        """The product now. `query` has the parameters of each list.

        Raises:
            UnknownProduct: neither snapshot nor overlay has the product.
            NothingToServe: no snapshot is loaded yet.
        """
        serving = self.recommendations.live.serving
        row, deleted = serving.snapshot.lookup.row(product_id), bool(serving.unknown([product_id]))
        if row < 0 and deleted:
            raise UnknownProduct(product_id)
        return ProductView(
            product_id,
            msgspec.json.decode(serving.document(product_id)),
            deleted,
            product_id in serving.corrections.overlay.changes,
            row < 0 or row >= serving.snapshot.warm,
            None if row < 0 else _statistics(serving, row),
            serving.manifest.version,
            [] if deleted else await self._lists(product_id, query),
        )

    async def _lists(self, product_id: str, query: Query) -> list[ConsoleList]:
        answers = self.recommendations
        return [
            await shared_list(answers, partial(ask, product_id), query, NOBODY)
            for ask in (answers.similar, answers.bought_together)
        ]


def _statistics(serving: Serving, row: int) -> Statistics:
    snapshot = serving.snapshot
    columns = snapshot.columns
    trend, repeat_rate = float(columns.trending[row]), float(columns.repeat_rates[row])
    interval = float(columns.usual_interval_days[row])
    return Statistics(
        buyers=int(columns.buyers[row]),
        recent_buyers=int(columns.recent_buyers[row]),
        popularity_days=snapshot.parameters.popularity_days,
        rank=int(np.flatnonzero(columns.popular_rows == row)[0]) + 1,
        trend=trend or None,
        repeat_rate=repeat_rate or None,
        usual_interval_days=None if np.isnan(interval) else interval,
        weeks=_weeks(serving, row),
    )


def _weeks(serving: Serving, row: int) -> list[WeekOfSales] | None:
    weekly, latest = serving.snapshot.weekly_purchases, serving.manifest.data_watermark
    if weekly is None or latest is None:
        return None
    begins = (latest - _WEEK * (WEEKS - week) for week in range(WEEKS))
    return [WeekOfSales(at, count) for at, count in zip(begins, weekly[row].tolist(), strict=True)]
