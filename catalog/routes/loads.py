"""Handler of `/v1/loads`."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from catalog.entities import LoadList
from catalog.repositories.loads import LoadRepository


@get("/loads")
async def list_loads(
    loads: NamedDependency[LoadRepository], limit: Annotated[int, QueryParameter(ge=1, le=20)] = 5
) -> LoadList:
    """Returns the latest loads of files, newest first."""
    return LoadList(await loads.latest(limit))
