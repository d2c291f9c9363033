"""A catalog without changes, whose shoppers bought products of a published snapshot.

A shopper `s50-7` has 50 purchases. They are the same each time they are read.
"""

import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from litestar import Litestar, Request, Response, get
from litestar.exceptions import NotFoundException

from adapters.catalog import Purchase, UserRecord
from adapters.catalog.contract import Page, Product
from benchmarks.serving.programs.plain_server import serve
from command_line.messages import ArgumentParser
from recommender.product_ids import StringTable

_SHOPPER = re.compile(r"s(\d+)-\d+")
_FAVORITES = 3
_EXPONENT = 0.7
_DAYS = 300


def shopper_id(purchases: int, number: int) -> str:
    """The id of a shopper with this many purchases."""
    return f"s{purchases}-{number}"


@dataclass(frozen=True, slots=True)
class Histories:
    """Purchases of shoppers: popular products, and neighbours of a few favorites.

    Attributes:
        ids: product ids in row order.
        indptr, indices: neighbours of each row (compressed sparse rows).
        popular_rows: rows, most popular first.
        read_at: time of the last purchase.
    """

    ids: StringTable
    indptr: np.ndarray
    indices: np.ndarray
    popular_rows: np.ndarray
    read_at: datetime

    @classmethod
    def of(cls, directory: Path) -> "Histories":
        """Reads the arrays of a snapshot."""
        arrays = {
            name: np.load(directory / f"{name}.npy", mmap_mode="r").view(np.ndarray)
            for name in ("ids_offsets", "ids_data", "weights_indptr", "weights_indices", "popular_rows")
        }
        ids = StringTable(arrays["ids_offsets"], arrays["ids_data"])
        return cls(
            ids,
            arrays["weights_indptr"],
            arrays["weights_indices"],
            arrays["popular_rows"],
            datetime.now(UTC) - timedelta(hours=1),
        )

    def purchases(self, user_id: str) -> list[Purchase]:
        """Purchases of a shopper, newest first. Empty for other ids."""
        named = _SHOPPER.fullmatch(user_id)
        if named is None:
            return []
        generator = np.random.default_rng(zlib.crc32(user_id.encode()))
        rows = self._rows(int(named[1]), generator)
        days = np.sort(generator.integers(_DAYS, size=len(rows)))
        return [
            Purchase(
                id=f"{user_id}-{place}",
                user_id=user_id,
                product_id=self.ids.text(row),
                purchased_at=at,
                recorded_at=at,
            )
            for place, (row, day) in enumerate(zip(rows, days.tolist(), strict=True))
            for at in [self.read_at - timedelta(days=day)]
        ]

    def product(self, generator: np.random.Generator) -> int:
        """The row of a product, popular ones more often (Zipf)."""
        share = generator.random() ** (1 / (1 - _EXPONENT))
        return int(self.popular_rows[int(share * len(self.popular_rows))])

    def _rows(self, count: int, generator: np.random.Generator) -> list[int]:
        """Distinct rows, most of them reached from favorites over neighbours."""
        rows = dict.fromkeys(self.product(generator) for _ in range(_FAVORITES))
        while len(rows) < min(count, len(self.ids)):
            known = list(rows)[int(generator.integers(len(rows)))]
            neighbours = (
                self.indices[self.indptr[known] : self.indptr[known + 1]]
                if known < len(self.indptr) - 1
                else ()
            )
            follows = len(neighbours) > 0 and generator.random() < 0.8
            row = int(neighbours[generator.integers(len(neighbours))]) if follows else self.product(generator)
            rows[row] = None
        return list(rows)[:count]


def application(histories: Histories) -> Litestar:
    """The catalog's API as far as the service reads it."""

    @get("/v1/products", sync_to_thread=False)
    def products() -> Page[Product]:
        return Page(items=[])

    @get("/v1/users/{user_id:str}", sync_to_thread=False)
    def user(user_id: str) -> UserRecord:
        _require_known(user_id)
        return UserRecord(id=user_id)

    @get("/v1/users/{user_id:str}/purchases", sync_to_thread=False)
    def purchases(user_id: str, limit: int) -> Page[Purchase]:
        _require_known(user_id)
        return Page(items=histories.purchases(user_id)[:limit])

    @get("/health", sync_to_thread=False)
    def health() -> Response[None]:
        return Response(None)

    return Litestar(
        [products, user, purchases, health],
        openapi_config=None,
        exception_handlers={NotFoundException: _problem},
    )


def _require_known(user_id: str) -> None:
    if not _SHOPPER.fullmatch(user_id):
        raise NotFoundException(f"there is no user {user_id!r}")


def _problem(_request: Request[Any, Any, Any], error: NotFoundException) -> Response[dict[str, object]]:
    """The catalog's own 404.

    Without its media type it would count as a failure of the catalog.
    """
    problem: dict[str, object] = {"title": "Not Found", "status": error.status_code, "detail": error.detail}
    return Response(problem, status_code=error.status_code, media_type="application/problem+json")


def main() -> None:
    """Serves until SIGTERM."""
    parser = ArgumentParser(prog="python -m benchmarks.serving.programs.catalog")
    parser.add_argument("--snapshot", type=Path, required=True, help="folder of one published snapshot")
    parser.add_argument("--port", type=int, required=True)
    parsed = parser.parse_args()
    serve(application(Histories.of(parsed.snapshot)), parsed.port)


if __name__ == "__main__":
    main()
