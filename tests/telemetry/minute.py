"""A minute of load, while everything happens that a shop sees in a year."""

import re
import subprocess
from pathlib import Path
from urllib.parse import quote

import httpx

from adapters.snapshots import SnapshotVolume
from service.routes.access import PAGES
from tests.support.builders.console_shop import press_button
from tests.support.every_call import SCOPES, call_everything
from tests.support.servers import locust
from tests.support.servers.waiting import wait_until
from tests.system.stack import odd_shop
from tests.system.stack.built_shop import mixed_up_shop
from tests.system.stack.processes import run
from tests.telemetry.running_shop import SECRET, RunningShop

LIMITS = "[default.total]\ncalls = 100\nfailure_ratio = 0.5\n"
"""Of a load during outages and above a rate limit."""


def begin(shop: RunningShop) -> None:
    """Starts the service before all that it needs, as in a cluster that starts."""
    shop.service.start()
    shop.service.wait_until_ready()
    shop.wait_for_event("waiting for a snapshot")
    shop.wait_for_event("issuer keys unavailable")
    for _ in range(2):
        migrated = run(["service", "migrate"], _without_a_wrong_setting(shop))
        assert (migrated.returncode, migrated.stderr) == (0, "")
    for server in (shop.issuer, shop.catalog):
        server.start()
        server.wait_until_ready()
    shop.wait_for_event("issuer keys available again")
    assert shop.index("refresh") == 0
    assert shop.index("build", "--if-needed") == 0, shop.indexer_log
    shop.wait_for_event("snapshot live")


def start_load(shop: RunningShop) -> "subprocess.Popen[bytes]":
    """Starts five shoppers, who stay for a minute."""
    (shop.folder / "limits.toml").write_text(LIMITS)
    ids = [odd_shop.user_id(number) for number in range(odd_shop.USERS)]
    (shop.folder / "ids").write_text("\n".join(ids))
    settings = {
        "LOADTEST_TOKEN_URL": f"{shop.urls['issuer']}/token",
        "LOADTEST_CLIENT_SECRET": SECRET,
        "LOADTEST_SHOPPERS": str(shop.folder / "ids"),
        "LOADTEST_STRETCH": "2",
        "LOADTEST_THRESHOLDS": str(shop.folder / "limits.toml"),
    }
    arguments = ["--headless", "--only-summary", "--stop-timeout", "30", "--host", shop.urls["service"]]
    return locust.start(locust.installed_python(), arguments, settings, shop.folder / "locust.log")


def all_that_happens(shop: RunningShop) -> None:
    """Calls, pages of the console, outages, builds and commands, one after another."""
    headers = shop.headers(SCOPES)
    with httpx.Client(base_url=shop.urls["service"], timeout=30) as client:
        call_everything(client, headers, odd_shop.user_id(1), odd_shop.product_id(1))
        _reach_a_limit(client, headers)
        _lose_redis(shop, client, headers)
        _lose_the_catalog(shop, client, headers)
        _lose_the_collector(shop, client)
        _build(shop)
        _break_a_snapshot(shop)
        _use_the_console(shop, client)
    retained = run(["service", "retain", "--days", "30"], _without_a_wrong_setting(shop))
    assert (retained.returncode, retained.stderr) == (0, "")


def _without_a_wrong_setting(shop: RunningShop) -> dict[str, str]:
    return {name: value for name, value in shop.service_settings.items() if name != "SERVICE_NO_SETTING"}


def _recommendations(client: httpx.Client, headers: dict[str, str], user_id: str) -> httpx.Response:
    return client.get(f"/v1/users/{quote(user_id, safe='')}/recommendations", headers=headers)


def _reach_a_limit(client: httpx.Client, headers: dict[str, str]) -> None:
    path = "/v1/users/greedy/recommendations?limit=100&explain=true"
    wait_until(lambda: client.get(path, headers=headers).status_code == 429, "a rejected request", 60)


def _lose_redis(shop: RunningShop, client: httpx.Client, headers: dict[str, str]) -> None:
    shop.redis.stop()
    for number in range(20):
        _recommendations(client, headers, odd_shop.user_id(number))
    shop.wait_for_event("rate limits hold per pod")
    shop.redis.start()
    shop.wait_for_event("redis is used again")
    wait_until(
        lambda: not _recommendations(client, headers, odd_shop.user_id(3)).json()["degraded"], "Redis again"
    )


def _lose_the_catalog(shop: RunningShop, client: httpx.Client, headers: dict[str, str]) -> None:
    shop.catalog.stop()
    for number in range(20, 40):
        _recommendations(client, headers, odd_shop.user_id(number))
    shop.wait_for_event("profiles are not refreshed")
    shop.wait_for_event("overlay not refreshed")
    shop.catalog.start()
    shop.catalog.wait_until_ready()


def _lose_the_collector(shop: RunningShop, client: httpx.Client) -> None:
    shop.collector.status = 400
    client.get("/health/live")
    shop.wait_for_event("the collector does not take telemetry")
    shop.collector.status = 200
    client.get("/health/live")
    shop.wait_for_event("the collector takes telemetry again")


def _build(shop: RunningShop) -> None:
    """Refreshes, builds a worse snapshot, publishes it anyway, and asks whether to build."""
    headers = shop.headers("catalog", audience="catalog")
    product = {"title": "rye loaf with seeds", "category": "Bakery > Bread", "price": 3}
    put = httpx.put(f"{shop.urls['catalog']}/v1/products/new", json=product, headers=headers)
    assert put.status_code < 300, put.text
    for _ in range(2):
        assert shop.index("refresh") == 0, shop.indexer_log
    mixed = shop.folder / "mixed"
    mixed.mkdir()
    with mixed_up_shop(mixed) as url:
        assert shop.index("build", INDEXER_CATALOG_URL=url) == 3, shop.indexer_log
        assert shop.index("build", "--force", INDEXER_CATALOG_URL=url) == 0, shop.indexer_log
    assert shop.index("build", "--if-needed") == 0
    assert shop.index("build", INDEXER_EMBEDDING_MODEL="/nowhere/model") == 5


def _break_a_snapshot(shop: RunningShop) -> None:
    volume = SnapshotVolume(Path(shop.service_settings["SERVICE_SNAPSHOT_ROOT"]))
    current = volume.root / "CURRENT"
    live = current.read_text()
    current.write_text("20990101T000000Z-nothing\n")
    shop.wait_for_event("snapshot refused")
    current.write_text(live)


def _use_the_console(shop: RunningShop, client: httpx.Client) -> None:
    """Signs in, opens each page, and goes back to the first snapshot."""
    client.get(client.get("/console/login").headers["location"].partition("?")[0])
    begun = httpx.URL(client.get("/console/login").headers["location"])
    client.get("/console/callback", params={"state": begun.params["state"], "error": "access_denied"})
    location = press_button(client.get("/console/login").headers["location"])
    assert client.get(location.removeprefix(shop.urls["service"])).status_code == 303
    user, product = (quote(each, safe="") for each in (odd_shop.user_id(1), odd_shop.product_id(1)))
    filled = {"{shopper_id}": user, "{product_id}": product, "{name}": "console.css", "{path}": "nowhere"}
    for method, path in PAGES:
        if method == "GET" and path != "/console/callback":
            for name, value in filled.items():
                path = path.replace(name, value)
            assert client.get(path).status_code < 500, path
    first = SnapshotVolume(Path(shop.service_settings["SERVICE_SNAPSHOT_ROOT"])).versions()[0]
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/console").text)
    assert found is not None
    form = {"version": first, "csrf_token": found[1]}
    origin = {"origin": shop.urls["service"]}
    assert client.post("/console/snapshots/rollback", data=form, headers=origin).status_code == 303
    client.post("/console/logout", data=form, headers=origin)
    shop.wait_for_event("snapshot rolled back")
