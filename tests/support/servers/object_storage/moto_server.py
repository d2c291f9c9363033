"""moto as a process, with conditional writes that are atomic.

Usage: `python -m tests.support.servers.object_storage.moto_server PORT`.
"""

import io
import sys
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class AtomicWrites:
    """Makes the conditional writes of `application` one after the other.

    moto compares an object and replaces it in two steps, between which another thread may write.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answers a request."""
        if not {"HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"} & environ.keys():
            return self._application(environ, start_response)
        # Read before, so that a client that is slow keeps no other one waiting.
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        with self._lock:
            return list(self._application(environ | {"wsgi.input": io.BytesIO(body)}, start_response))


if __name__ == "__main__":
    run_simple(
        "127.0.0.1",
        int(sys.argv[1]),
        AtomicWrites(DomainDispatcherApplication(create_backend_app)),
        threaded=True,
        request_handler=MotoRequestHandler,
    )
