"""Protection of forms against requests from other sites."""

import hmac
from typing import Any

from litestar import Request

from service.console.login.sessions import current_session

FIELD = "csrf_token"
"""Name of the form field with the session's token."""

HEADER = "x-csrf-token"
"""Name of the header with the session's token, for scripts."""


class ForeignForm(Exception):
    """A form that this console did not send to this browser."""


async def check_form(request: Request[Any, Any, Any], origin: str) -> None:
    """Rejects a POST that was not sent by a page of this console.

    Args:
        request: a request that the access table allowed.
        origin: the console's origin.

    Raises:
        ForeignForm: another `Origin`, or no CSRF token of the session, neither as a header nor as a field.
    """
    if request.method != "POST":
        return
    given = request.headers.get(HEADER)
    if given is None:
        given = (await request.form()).get(FIELD, "")
    expected = current_session(request.scope).csrf_token
    if request.headers.get("origin") != origin or not hmac.compare_digest(
        str(given).encode(), expected.encode()
    ):
        raise ForeignForm
