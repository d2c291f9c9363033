"""Files that are served from memory."""

import gzip
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response

from service.http.etags import etag_of, not_modified
from service.http.middleware.compression import MIN_BYTES, VARY, accepts_gzip


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, compressed once."""

    content: bytes
    compressed: bytes | None
    media_type: str
    etag: str

    @classmethod
    def of(cls, content: bytes, media_type: str) -> "StaticFile":
        """The file with this content. A small one is not compressed."""
        compressed = gzip.compress(content, mtime=0) if len(content) >= MIN_BYTES else None
        return cls(content, compressed, media_type, etag_of(content))

    def answer(self, request: Request[Any, Any, Any], cache_control: str) -> Response[bytes]:
        """The file in a form that the caller accepts, or 304."""
        headers = {"etag": self.etag, "cache-control": cache_control, "vary": VARY}
        if not_modified(request.scope["headers"], self.etag):
            return Response(b"", status_code=304, headers=headers)
        if self.compressed is not None and accepts_gzip(request.scope["headers"]):
            headers["content-encoding"] = "gzip"
            return Response(self.compressed, media_type=self.media_type, headers=headers)
        return Response(self.content, media_type=self.media_type, headers=headers)
