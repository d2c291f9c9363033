"""Files of the documentation page, and redirects to it."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from litestar import MediaType, Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from service.http.middleware.authentication import DOCS, DOCUMENTATION
from service.http.middleware.path_prefix import path_prefix
from service.http.static_files import StaticFile
from service.openapi.page import ASSETS, START_SCRIPT

_MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui-standalone-preset.js": "text/javascript",
    "swagger-ui.css": MediaType.CSS,
    "favicon-32x32.png": "image/png",
}
_START = "start.js"
_CACHE_CONTROL = "private, max-age=3600"


@cache
def _files() -> Mapping[str, StaticFile]:
    """All files by name. Nothing else of the installed package is served."""
    folder = files("swagger_ui") / "static"
    found = {name: StaticFile.of((folder / name).read_bytes(), kind) for name, kind in _MEDIA_TYPES.items()}
    return found | {_START: StaticFile.of(START_SCRIPT.encode(), "text/javascript")}


@get(["/", DOCS], include_in_schema=False)
async def redirect_to_documentation(request: Request[Any, Any, Any]) -> Response[None]:
    """Redirects to the documentation page."""
    location = path_prefix(request.scope) + DOCUMENTATION
    return Response(None, status_code=307, headers={"location": location})


# In a thread: the first request compresses all files.
@get(f"{ASSETS}/{{name:str}}", include_in_schema=False, sync_to_thread=True)
def documentation_asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """One file of the documentation page, from memory."""
    file = _files().get(name)
    if file is None:
        raise NotFoundException
    return file.answer(request, _CACHE_CONTROL)


documentation_routes = Router(path="/", route_handlers=[redirect_to_documentation, documentation_asset])
