"""Recommendations continue during outages, which the answers name.

These tests stop servers, so each one has its own service.
"""

import json
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.support.servers.ports import unused_port
from tests.support.servers.redis_server import RedisServer
from tests.support.servers.waiting import wait_for
from tests.system.conftest import Stack
from tests.system.stack import odd_shop
from tests.system.stack.processes import Server, run_here


def service_with(
    stack: Stack, changes: dict[str, str], folder: Path, probe: str = "ready"
) -> tuple[Server, str]:
    port = unused_port()
    settings = stack.service_settings | {"SERVICE_LISTEN_PORT": str(port)} | changes
    settings.pop("SERVICE_MANAGEMENT_PORT")
    url = f"http://127.0.0.1:{port}"
    return Server(["service", "serve"], settings, f"{url}/health/{probe}", folder / "service.log"), url


def ask(stack: Stack, url: str, user: int) -> httpx.Response:
    path = f"/v1/users/{quote(odd_shop.user_id(user), safe='')}/recommendations"
    token = stack.token(scope="recommendations:read.any")
    return httpx.get(f"{url}{path}", headers={"authorization": f"Bearer {token}"}, timeout=10)


def test_unknown_shoppers_get_popular_products_without_the_catalog(stack: Stack, tmp_path: Path) -> None:
    nowhere = {"SERVICE_CATALOG_URL": f"http://127.0.0.1:{unused_port()}"}
    server, url = service_with(stack, nowhere, tmp_path)
    with server:
        server.wait_until_ready()
        answer = ask(stack, url, 4711).raise_for_status().json()
    assert answer["degraded"] == ["catalog"]
    assert answer["strategy"] == "popular"
    assert len(answer["items"]) == 10


def test_recommendations_continue_without_redis(stack: Stack, own_redis: RedisServer, tmp_path: Path) -> None:
    server, url = service_with(stack, {"SERVICE_REDIS_URL": own_redis.url}, tmp_path)
    with server:
        server.wait_until_ready()
        assert ask(stack, url, 1).raise_for_status().json()["degraded"] == []
        own_redis.stop()
        answer = ask(stack, url, 2).raise_for_status().json()
        assert answer["degraded"] == ["redis"]
        assert answer["strategy"] == "personalised"
        own_redis.start()
        again = wait_for(
            lambda: ask(stack, url, 2).raise_for_status().json(), lambda answer: not answer["degraded"]
        )
        assert again["strategy"] == "personalised"


def test_service_without_a_snapshot_is_live_but_not_ready(stack: Stack, tmp_path: Path) -> None:
    nothing = {"SERVICE_SNAPSHOT_ROOT": str(tmp_path / "none")}
    server, url = service_with(stack, nothing, tmp_path, probe="live")
    with server:
        server.wait_until_ready()
        ready = httpx.get(f"{url}/health/ready", timeout=60)
        assert ready.status_code == 503
        answer = ask(stack, url, 1)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.json()["type"].endswith("no-snapshot")
        assert server.stop() == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"SERVICE_ISSUERS": "[]"}, "SERVICE_ISSUERS"),
        ({"SERVICE_ISSUERS": json.dumps([{"issuer": "https://id.example"}])}, "https://id.example"),
        ({"SERVICE_SNAPSHOT_SIGNING_KEY_FILES": '["/nowhere/key"]'}, "/nowhere/key"),
        ({"SERVICE_LISTEN_PORT": "high"}, "SERVICE_LISTEN_PORT"),
    ],
)
def test_invalid_service_setting_is_named(stack: Stack, changes: dict[str, str], expected: str) -> None:
    result = run_here(["service", "serve"], stack.service_settings | changes)
    assert result.returncode == 2
    assert expected in result.stderr
    assert "Traceback" not in result.stderr
