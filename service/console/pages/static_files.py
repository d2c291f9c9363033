"""Styles, scripts and pictures of the console."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from service.http.authentication import CONSOLE
from service.http.compression import MIN_BYTES, VARY, accepts_gzip

_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOREVER = "private, max-age=31536000, immutable"
_BRIEFLY = "private, max-age=60"


@dataclass(frozen=True, slots=True)
class _Asset:
    content: bytes
    compressed: bytes | None
    media_type: str
    version: str


@cache
def _assets() -> dict[str, _Asset]:
    """All files by name."""
    found = {}
    for file in (files(__package__) / "static").iterdir():
        media_type = _MEDIA_TYPES.get("." + file.name.rpartition(".")[2])
        if media_type is not None:
            content = file.read_bytes()
            compressed = gzip.compress(content, mtime=0) if len(content) >= MIN_BYTES else None
            found[file.name] = _Asset(
                content, compressed, media_type, hashlib.sha256(content).hexdigest()[:12]
            )
    return found


def asset_version(name: str) -> str:
    """A hash of a file's content, for its address.

    Raises KeyError for an unknown file.
    """
    return _assets()[name].version


# In a thread: the first request compresses all files.
@get(f"{CONSOLE}/static/{{name:str}}", include_in_schema=False, sync_to_thread=True)
def static_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """One file, from memory.

    Browsers keep it if its version is in the address.
    """
    asset = _assets().get(name)
    if asset is None:
        raise NotFoundException
    current = request.query_params.get("v") == asset.version
    headers = {"cache-control": _FOREVER if current else _BRIEFLY, "vary": VARY}
    if asset.compressed is not None and accepts_gzip(request.scope["headers"]):
        headers["content-encoding"] = "gzip"
        return Response(asset.compressed, media_type=asset.media_type, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)
