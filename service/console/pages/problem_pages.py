"""Problems at addresses of the console, as pages."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from litestar import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from service.console.pages.errors import problem_page
from service.http.middleware.authentication import is_page
from service.http.problems import MEDIA_TYPE, Problem

Headers = Iterable[tuple[bytes, bytes]]


class ProblemPages:
    """Sends pages in the place of problem documents. Plain ASGI.

    The router answers unknown addresses and methods by itself, and limits reject requests before they are routed.
    None of them knows pages.

    Args:
        read_session: adds the session of a browser to its request, for the menu.
    """

    def __init__(self, app: ASGIApp, read_session: Callable[[Scope], None]) -> None:
        self._app = app
        self._read_session = read_session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, and replaces a problem in its answer."""
        if scope["type"] != ScopeType.HTTP or not is_page(scope["path"]):
            await self._app(scope, receive, send)
            return
        start: HTTPResponseStartEvent | None = None
        content = b""

        async def send_page(message: Message) -> None:
            nonlocal start, content
            if message["type"] == "http.response.start" and _is_problem(message["headers"]):
                start = message
            elif start is None or message["type"] != "http.response.body":
                await send(message)
            else:
                content += message["body"]
                if not message.get("more_body", False):
                    self._read_session(scope)
                    await _send_page(scope, start, content, send)

        await self._app(scope, receive, send_page)


def _is_problem(headers: Headers) -> bool:
    return any(name == b"content-type" and value.startswith(MEDIA_TYPE.encode()) for name, value in headers)


async def _send_page(scope: Scope, start: HTTPResponseStartEvent, content: bytes, send: Send) -> None:
    problem = msgspec.json.decode(content, type=Problem)
    page = problem_page(Request[Any, Any, Any](scope), problem.status, problem.title, problem.detail)
    body = page.content.encode()
    own = {"content-type": "text/html; charset=utf-8", "content-length": str(len(body)), **page.headers}
    replaced = [(name.encode(), value.encode()) for name, value in own.items()]
    kept = [header for header in start["headers"] if header[0].decode() not in own]
    await send({"type": "http.response.start", "status": start["status"], "headers": [*kept, *replaced]})
    await send({"type": "http.response.body", "body": body, "more_body": False})
