"""Styles, scripts and pictures of the console."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from service.http.middleware.authentication import CONSOLE
from service.http.static_files import StaticFile

_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOREVER = "private, max-age=31536000, immutable"
_BRIEFLY = "private, max-age=60"


@cache
def _files() -> dict[str, StaticFile]:
    """All files by name."""
    found = {}
    for file in (files(__package__) / "static").iterdir():
        media_type = _MEDIA_TYPES.get("." + file.name.rpartition(".")[2])
        if media_type is not None:
            found[file.name] = StaticFile.of(file.read_bytes(), media_type)
    return found


@cache
def asset_version(name: str) -> str:
    """A hash of a file's content, for its address.

    Raises KeyError for an unknown file.
    """
    return hashlib.sha256(_files()[name].content).hexdigest()[:12]


# In a thread: the first request compresses all files.
@get(f"{CONSOLE}/static/{{name:str}}", include_in_schema=False, sync_to_thread=True)
def static_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """One file, from memory.

    Browsers keep it if its version is in the address.
    """
    file = _files().get(name)
    if file is None:
        raise NotFoundException
    current = request.query_params.get("v") == asset_version(name)
    return file.answer(request, _FOREVER if current else _BRIEFLY)
