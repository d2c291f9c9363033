"""The service behind a pooler that gives each transaction another connection to PostgreSQL."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from service.__main__ import main
from tests.support.builders.services.service_processes import service_processes, valid_token
from tests.support.tokens import Forge

pytestmark = pytest.mark.anyio

SCOPES = "events:write.any profiles:read.any profiles:write.any users:erase.any"
CALLS = 120
SHOPPERS = 20


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    return Forge(tmp_path / "jwks.json")


@pytest.fixture
def services(tmp_path: Path, forge: Forge, pooled_url: str) -> Iterator[list[str]]:
    """Two processes, so that statements of one meet connections that the other used."""
    with service_processes(tmp_path, forge, 2, {"SERVICE_DATABASE_URL": pooled_url}) as urls:
        yield urls


def event(number: int) -> dict[str, str]:
    return {
        "id": f"e{number}",
        "user_id": f"u{number % SHOPPERS}",
        "product_id": f"p{number}",
        "kind": "view",
        "occurred_at": datetime.now(UTC).isoformat(),
    }


async def test_every_call_works(services: list[str], forge: Forge) -> None:
    headers = {"authorization": f"Bearer {valid_token(forge, sub='shop', scope=SCOPES)}"}
    async with httpx.AsyncClient(headers=headers, timeout=60) as client:

        async def call(method: str, number: int, path: str, body: object = None) -> httpx.Response:
            return await client.request(method, f"{services[number % 2]}/v1/{path}", json=body)

        recorded = [call("POST", number, "events", {"events": [event(number)]}) for number in range(CALLS)]
        answers = await asyncio.gather(*recorded)
        assert [answer.status_code for answer in answers] == [202] * CALLS, answers[-1].text
        assert sum(answer.json()["accepted"] for answer in answers) == CALLS
        own = [f"users/u{number}" for number in range(SHOPPERS)]
        liked = {"liked_brands": ["Acme"]}
        for method, path, body in (
            ("PUT", "/preferences", liked),
            ("GET", "/profile", None),
            ("DELETE", "", None),
        ):
            answers = await asyncio.gather(
                *(call(method, number, each + path, body) for number, each in enumerate(own))
            )
            assert {answer.status_code for answer in answers} == {200}, answers[-1].text
            if method == "GET":
                assert sum(len(answer.json()["events"]) for answer in answers) == CALLS


async def test_commands_work(pooled_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_DATABASE_URL", pooled_url)
    for command in (["migrate"], ["migrate"], ["retain", "--days", "1"]):
        assert await asyncio.to_thread(main, command) == 0
