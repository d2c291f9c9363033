"""A served shop with its console, and the development issuer that signs people in."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from demo.issuer.app import create_app
from demo.issuer.settings import IssuerSettings
from service.console.facts.long_questions import MAX_OPEN
from tests.support.builders.published_snapshots import ListedCatalog, shop
from tests.support.builders.served_shop import ServedShop, served_shop
from tests.support.servers.threaded_server import threaded_server

PUBLIC = "http://127.0.0.1:8000"
"""Origin of the console in tests without a browser."""


@dataclass
class ConsoleShop:
    """A shop with a console, in the browser of one person.

    Attributes:
        served: the shop. Its client keeps the cookies.
        issuer_url: where the issuer answers.
        prefix: path prefix of the service.
    """

    served: ServedShop
    issuer_url: str
    prefix: str = ""

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Reads a page, without following redirects."""
        return self.served.client.get(self.prefix + path, follow_redirects=False, **options)

    def post(self, path: str, origin: str | None = PUBLIC, **form: str) -> httpx.Response:
        """Sends a form."""
        headers = {} if origin is None else {"origin": origin}
        return self.served.client.post(self.prefix + path, data=form, headers=headers, follow_redirects=False)

    def begin(self, target: str = "/console") -> str:
        """Begins a login. Returns the address of the issuer's page."""
        answer = self.get("/console/login", params={"next": target})
        assert answer.status_code == 303
        location: str = answer.headers["location"]
        return location

    def callback(self, authorize: str) -> str:
        """Presses the button on the issuer's page.

        Returns the path that it leads to, without the prefix.
        """
        location = press_button(authorize)
        self._catch_up()
        assert location.startswith(PUBLIC + self.prefix + "/console/callback?")
        return location.removeprefix(PUBLIC + self.prefix)

    def sign_in(self, target: str = "/console") -> httpx.Response:
        """Signs in. Returns the answer that begins the session."""
        return self.get(self.callback(self.begin(target)))

    def bearer(self, scope: str = "recommendations:read.any console:read") -> dict[str, str]:
        """The header of a token of the shop's own service."""
        secret = (self.served.folder / "issuer" / "client-secret").read_text()
        form = {
            "grant_type": "client_credentials",
            "client_id": "demo",
            "client_secret": secret,
            "scope": scope,
        }
        token = httpx.post(f"{self.issuer_url}/token", data=form, timeout=60).json()["access_token"]
        self._catch_up()
        return {"authorization": f"Bearer {token}"}

    def _catch_up(self) -> None:
        """Sets the service's clock to real time, unless a test moved it ahead.

        The issuer's clock is real. A slow test would get tokens that are not valid yet.
        """
        self.served.clock.now = max(self.served.clock.now, time.time())

    def csrf_token(self) -> str:
        """The token of the session's forms."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/console").text)
        assert found is not None
        return found[1]


def press_button(authorize: str) -> str:
    """Presses the button on the issuer's page.

    Returns the address that it leads to.
    """
    login = httpx.get(authorize, timeout=60)
    assert login.status_code == 200, login.text
    fields = re.findall(r'name="([a-z_]+)" value="([^"]*)"', login.text)
    form = {name: unescape(value) for name, value in fields}
    address = authorize.partition("?")[0]
    return str(httpx.post(address, data=form, timeout=60).headers["location"])


@contextmanager
def console_shop(
    folder: Path,
    catalog: ListedCatalog | None = None,
    settings: Mapping[str, Any] | None = None,
    *,
    token_seconds: int = 3600,
    **options: Any,
) -> Iterator[ConsoleShop]:
    """Serves a shop with a console for the block.

    Args:
        folder: empty folder for all files.
        catalog: products and purchases. None: a small shop.
        settings: further settings of the service.
        token_seconds: lifetime of the issuer's tokens.
        options: further arguments of `served_shop`.
    """
    prefix = str((settings or {}).get("path_prefix", ""))
    now = options["now"] = time.time()
    with (
        console_issuer(folder, PUBLIC + prefix, token_seconds, lambda: now) as (url, given),
        served_shop(catalog or shop(), folder, settings={**given, **(settings or {})}, **options) as served,
    ):
        yield ConsoleShop(served, url, prefix)


@contextmanager
def console_issuer(
    folder: Path, public_url: str, token_seconds: int = 3600, clock: Callable[[], float] = time.time
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Runs the development issuer for the block.

    Args:
        folder: for its state.
        public_url: of the service, with its path prefix.
        token_seconds: lifetime of its tokens.
        clock: seconds since the epoch, for the times in its tokens.

    Yields:
        Its address, and the settings of a service with a console.
    """
    issuer = IssuerSettings(
        url="http://issuer.test",
        state_dir=folder / "issuer",
        console_redirect_uris=(f"{public_url}/console/callback",),
        token_seconds=token_seconds,
    )
    with threaded_server(create_app(issuer, clock)) as (running, _):
        url = f"http://127.0.0.1:{running.config.port}"
        parts = urlsplit(public_url)
        yield (
            url,
            {
                "issuers": [{"issuer": issuer.issuer, "jwks_url": f"{url}/jwks"}],
                "console_enabled": True,
                "console_public_url": f"{parts.scheme}://{parts.netloc}",
                "console_client_id": "console",
                "console_authorization_url": f"{url}/authorize",
                "console_token_url": f"{url}/token",
            },
        )


@contextmanager
def full_queue(served: ServedShop) -> Iterator[None]:
    """Keeps the queue for long questions full."""
    questions, answered = served.components.facts.audiences.questions, asyncio.Event()

    async def hold() -> None:
        async with questions.turn():
            await answered.wait()

    with served.client.portal() as portal:
        held = [portal.start_task_soon(hold) for _ in range(MAX_OPEN)]
        try:
            yield
        finally:
            portal.call(answered.set)
            for each in held:
                each.result()
