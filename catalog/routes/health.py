"""`/health`: outside of `/v1`, and without a token."""

from litestar import get
from litestar.di import NamedDependency

from catalog.database import Database


@get("/health/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/health/ready")
async def ready(database: NamedDependency[Database]) -> dict[str, str]:
    """The database answers as well; otherwise a 503 problem says why not."""
    await database.check()
    return {"status": "ok"}
