"""Files of the documentation page, and the way to it."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from litestar import MediaType, Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from service.http.authentication import DOCS, DOCUMENTATION
from service.http.compression import MIN_BYTES, VARY, accepts_gzip
from service.http.path_prefix import path_prefix
from service.openapi.page import ASSETS, START_SCRIPT
from service.routes.answers import etag_of, not_modified

_MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui-standalone-preset.js": "text/javascript",
    "swagger-ui.css": MediaType.CSS,
    "favicon-32x32.png": "image/png",
}
_START = "start.js"
_CACHE_CONTROL = "private, max-age=3600"


@dataclass(frozen=True, slots=True)
class _Asset:
    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str

    @classmethod
    def of(cls, content: bytes, media_type: str) -> "_Asset":
        compressed = gzip.compress(content, mtime=0) if len(content) >= MIN_BYTES else None
        return cls(content, compressed, media_type, etag_of(content))


@cache
def _assets() -> Mapping[str, _Asset]:
    """All files by name. Nothing else of the installed package is served."""
    folder = files("swagger_ui") / "static"
    assets = {name: _Asset.of((folder / name).read_bytes(), kind) for name, kind in _MEDIA_TYPES.items()}
    return assets | {_START: _Asset.of(START_SCRIPT.encode(), "text/javascript")}


@get(["/", DOCS], include_in_schema=False)
async def lead_to_documentation(request: Request[Any, Any, Any]) -> Response[None]:
    """Redirects to the documentation page."""
    location = path_prefix(request.scope) + DOCUMENTATION
    return Response(None, status_code=307, headers={"location": location})


# In a thread: the first request compresses all files.
@get(f"{ASSETS}/{{name:str}}", include_in_schema=False, sync_to_thread=True)
def documentation_asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """One file of the documentation page, from memory."""
    asset = _assets().get(name)
    if asset is None:
        raise NotFoundException
    headers = {"etag": asset.etag, "cache-control": _CACHE_CONTROL, "vary": VARY}
    if not_modified(request.scope["headers"], asset.etag):
        return Response(b"", status_code=304, headers=headers)
    if asset.compressed is not None and accepts_gzip(request.scope["headers"]):
        headers["content-encoding"] = "gzip"
        return Response(asset.compressed, media_type=asset.media_type, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)


documentation_routes = Router(path="/", route_handlers=[lead_to_documentation, documentation_asset])
