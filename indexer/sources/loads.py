"""Facts about the files that the catalog loaded, for the manifest."""

from typing import Protocol

import structlog

from adapters.catalog import CatalogError
from adapters.catalog import Load as CatalogLoad
from adapters.snapshots.shop_data import LeftOutRows, Load, LoadedFile

MAX_LOADS = 5
"""Number of loads that a snapshot describes."""

_MAX_LISTED = 20
_MAX_EXAMPLES = 3
_MAX_TEXT = 300


class LoadSource(Protocol):
    """Facts about loads of files."""

    async def loads(self, limit: int) -> list[CatalogLoad]:
        """Up to `limit` latest loads, newest first.

        A catalog that reads no files has none.

        Raises:
            adapters.catalog.CatalogError: they cannot be read.
        """
        ...


async def read_loads(source: LoadSource | None) -> tuple[Load, ...]:
    """The latest loads, newest first.

    They only inform, so a failure is logged and no error.
    """
    if source is None:
        return ()
    try:
        return tuple(_bounded(load) for load in await source.loads(MAX_LOADS))
    except CatalogError as error:
        structlog.get_logger("indexer").warning("cannot read the catalog's loads of files", reason=str(error))
        return ()


def _bounded(load: CatalogLoad) -> Load:
    """A load with lists and texts of bounded length."""
    return Load(
        loaded_at=load.loaded_at,
        files=tuple(
            LoadedFile(file.name[:_MAX_TEXT], file.role[:_MAX_TEXT], file.format[:_MAX_TEXT], file.rows)
            for file in load.files[:_MAX_LISTED]
        ),
        skipped_files=_texts(load.skipped_files),
        rows=load.rows,
        purchases=load.purchases,
        left_out=tuple(
            LeftOutRows(
                each.reason[:_MAX_TEXT], each.rows, _texts(each.examples[:_MAX_EXAMPLES]), each.unreadable
            )
            for each in load.left_out[:_MAX_LISTED]
        ),
        noticed=_texts(load.noticed),
        unused_columns=_texts(load.unused_columns),
        hints=_texts(load.hints),
    )


def _texts(texts: list[str]) -> tuple[str, ...]:
    return tuple(text[:_MAX_TEXT] for text in texts[:_MAX_LISTED])
