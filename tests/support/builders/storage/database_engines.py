"""Time limits of databases in tests."""

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.database import DatabaseBounds

PATIENT = DatabaseBounds(
    connect_seconds=60, statement_seconds=60, pool_seconds=60, connections=3, read_only_seconds=60
)
"""No busy machine exceeds these."""

IMPATIENT = DatabaseBounds(connect_seconds=1, statement_seconds=1, pool_seconds=0.2, connections=3)
"""For tests of the time limits themselves."""


class Opened(Protocol):
    """Opens engines that are disposed of after the test."""

    def __call__(self, url: str, bounds: DatabaseBounds = PATIENT) -> AsyncEngine:
        """The engine of the database at `url`."""
        ...
