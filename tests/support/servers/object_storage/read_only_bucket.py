"""An empty bucket that nobody may write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.servers.raw_http import RawServer, Request, Script, http


@contextmanager
def read_only_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yields the URL of a bucket. The environment has its endpoint."""
    with bucket_of(_refuse, monkeypatch) as url:
        yield url


@contextmanager
def bucket_of(answer: Callable[[Request], Script], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Yields the URL of a bucket that answers with `answer`."""
    with RawServer(answer) as server:
        given = {"ENDPOINT_URL": server.url, "REGION": "x", "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x"}
        for name, value in given.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        yield "s3://shop"


def _refuse(request: Request) -> Script:
    code, status = ("NoSuchKey", 404) if request.method in ("GET", "HEAD") else ("AccessDenied", 403)
    return http(status, f"<Error><Code>{code}</Code></Error>", "application/xml")
