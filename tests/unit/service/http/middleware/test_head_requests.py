"""HEAD, as a server without support for it sees it."""

from typing import Any

import pytest

from service.http.middleware.head_requests import HeadRequests

pytestmark = pytest.mark.anyio


async def answer(method: str, allow: bytes = b"") -> tuple[list[Any], dict[str, Any]]:
    """The messages that the server gets, and the scope that the application sees."""
    sent: list[Any] = []
    seen: dict[str, Any] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope)
        scope["path_template"] = "/a"
        headers = [(b"content-length", b"4"), *([(b"allow", allow)] if allow else [])]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"body", "more_body": False})

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {"type": "http", "method": method}
    receive: Any = None
    await HeadRequests(app)(scope, receive, send)
    assert (scope["method"], scope["path_template"]) == (method, "/a")
    return sent, seen


async def test_body_of_head_is_dropped_and_its_length_kept() -> None:
    (start, body), seen = await answer("HEAD")
    assert (seen["method"], start["headers"], body["body"]) == ("GET", [(b"content-length", b"4")], b"")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_other_bodies_are_sent(method: str) -> None:
    (_, body), seen = await answer(method)
    assert (seen["method"], body["body"]) == (method, b"body")


@pytest.mark.parametrize(
    ("allow", "completed"),
    [
        (b"GET, OPTIONS", b"GET, HEAD, OPTIONS"),
        (b"POST, OPTIONS", b"POST, OPTIONS"),
        (b"GET, HEAD", b"GET, HEAD"),
    ],
)
async def test_allow_lists_head_beside_get(allow: bytes, completed: bytes) -> None:
    (start, _), _ = await answer("OPTIONS", allow)
    assert (b"allow", completed) in start["headers"]
