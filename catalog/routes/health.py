"""Health checks under `/health`, without a token."""

from litestar import get
from litestar.di import NamedDependency

from catalog.database import Database


@get("/health/live")
async def live() -> dict[str, str]:
    """Liveness of the process."""
    return {"status": "ok"}


@get("/health/ready")
async def ready(database: NamedDependency[Database]) -> dict[str, str]:
    """Readiness, including the database. A 503 problem gives the reason otherwise."""
    await database.check()
    return {"status": "ok"}
