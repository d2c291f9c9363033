"""The load test against the whole stack: events arrive, thresholds are checked."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.servers import locust
from tests.system.conftest import CLIENT_SECRET, Stack
from tests.system.stack import odd_shop

HOLDS_AT_ANY_SPEED = """[default.total]
calls = 10
failure_ratio = 0.5
[default."GET recommendations (after buying)"]
calls = 1
"""
KINDS = ("impression", "click", "view", "cart", "purchase")


@pytest.fixture(scope="module")
def locust_python() -> Path:
    return locust.installed_python()


def run(stack: Stack, python: Path, folder: Path, limits: str) -> tuple[int, str]:
    """Runs five shoppers for some seconds. Returns Locust's exit code and output."""
    (folder / "limits.toml").write_text(limits)
    (folder / "ids").write_text("\n".join(odd_shop.user_id(number) for number in range(odd_shop.USERS)))
    settings = {
        "LOADTEST_TOKEN_URL": f"{stack.issuer_url}/token",
        "LOADTEST_CLIENT_SECRET": CLIENT_SECRET,
        "LOADTEST_SHOPPERS": str(folder / "ids"),
        "LOADTEST_STRETCH": "0.15",
        "LOADTEST_THRESHOLDS": str(folder / "limits.toml"),
    }
    arguments = ["--headless", "--only-summary", "--stop-timeout", "30", "--host", stack.service_url]
    log = folder / "locust.log"
    ended = locust.start(python, arguments, settings, log).wait(100)
    return ended, log.read_text()


def recorded(stack: Stack) -> list[tuple[str, str, str | None]]:
    """Kind, shopper and recommendation id of every stored event."""
    with closing(sqlite3.connect(stack.folder / "recommender.db")) as database:
        return database.execute("SELECT kind, user_id, recommendation_id FROM events").fetchall()


def test_events_of_shoppers_arrive(stack: Stack, locust_python: Path, tmp_path: Path) -> None:
    before = Counter(recorded(stack))
    ended, said = run(stack, locust_python, tmp_path, HOLDS_AT_ANY_SPEED)
    assert ended == 0, said
    sent = list((Counter(recorded(stack)) - before).elements())
    kinds = Counter(kind for kind, _, _ in sent)
    # On a busy machine some calls are refused, each with all of its events.
    assert kinds["impression"] > kinds["click"] == kinds["view"]
    assert set(kinds) == set(KINDS)
    assert all(shown for kind, _, shown in sent if kind == "click")
    known = {odd_shop.user_id(number) for number in range(odd_shop.USERS)}
    shoppers = {who for _, who, _ in sent}
    assert shoppers & known
    assert all(who.startswith("loadtest-") for who in shoppers - known)
    assert shoppers - known


def test_missed_threshold_fails_the_run(stack: Stack, locust_python: Path, tmp_path: Path) -> None:
    limits = '[default."GET recommendations"]\np95 = 0.001\n'
    ended, said = run(stack, locust_python, tmp_path, limits)
    assert ended == 1
    assert "FAILED  GET recommendations: p95 is" in said
