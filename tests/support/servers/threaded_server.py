"""An ASGI application behind the service's server, in a thread of this process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn
from litestar.types import ASGIApp

from service.http.uvicorn_protocol import BoundedHttpProtocol
from tests.support.servers.ports import unused_port
from tests.support.servers.waiting import wait_until

_PATIENCE = 60.0


@contextmanager
def threaded_server(
    app: ASGIApp,
    protocol: type[BoundedHttpProtocol] = BoundedHttpProtocol,
    port: int | None = None,
    **config: Any,
) -> Iterator[tuple[uvicorn.Server, threading.Thread]]:
    """Serves an application for the block.

    Args:
        app: the application.
        protocol: of the connections.
        port: where it listens. None: an unused one.
        config: further arguments of `uvicorn.Config`.

    Yields:
        The server and its thread.
    """
    running = uvicorn.Server(
        uvicorn.Config(
            cast(Any, app), port=port or unused_port(), http=protocol, ws="none", log_config=None, **config
        )
    )
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        wait_until(lambda: running.started, "the server has started", _PATIENCE)
        yield running, thread
    finally:
        running.should_exit = True
        thread.join(_PATIENCE)
    assert not thread.is_alive()
