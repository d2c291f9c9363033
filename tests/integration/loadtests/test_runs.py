"""What a run says and how it ends, by the real Locust with the real shoppers."""

import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.integration.loadtests.settings import ONLY_CALLS, settings_for
from tests.integration.loadtests.stand_in import StandIn
from tests.support.servers import locust
from tests.support.servers.waiting import wait_until

HEADLESS = ["--headless", "--only-summary", "--stop-timeout", "10"]


def run(
    python: Path, stand_in: StandIn, folder: Path, limits: str = ONLY_CALLS, **more: str
) -> tuple[int, str]:
    """A run of three seconds with five shoppers: its exit code and all that it said."""
    log = folder / "locust.log"
    settings = settings_for(stand_in, folder, limits) | more
    ended = locust.start(python, [*HEADLESS, "--host", stand_in.url], settings, log).wait(60)
    return ended, log.read_text()


def test_shoppers_look_buy_and_come_back(locust_python: Path, stand_in: StandIn, tmp_path: Path) -> None:
    ended, said = run(locust_python, stand_in, tmp_path)
    assert ended == 0, said
    assert "Every limit for smoke in limits.toml was kept" in said
    kinds = Counter(event["kind"] for event in stand_in.events)
    assert kinds["impression"] > kinds["click"] >= kinds["cart"] >= kinds["purchase"] > 0
    assert {event.get("recommendation_id") for event in stand_in.events if event["kind"] == "click"} == {"r"}
    assert len({event["id"] for event in stand_in.events}) == len(stand_in.events)
    asked = Counter(path.partition("/v1/users/loadtest-")[1] for path in stand_in.calls)
    assert asked["/v1/users/loadtest-"], "new shoppers have ids that nobody had"
    assert stand_in.calls["/v1/recommendations"], "guests have no id"
    assert stand_in.subjects["the shop"]
    assert {event["user_id"] for event in stand_in.events} <= stand_in.subjects.keys(), (
        "everybody has a token"
    )
    assert stand_in.calls["/v1/popular"] == 1, "what is sold is asked for once"
    looked = Counter({path: count for path, count in stand_in.calls.items() if path.endswith("/similar")})
    assert looked["/v1/products/product-0/similar"] > looked["/v1/products/product-20/similar"]


def test_limits_that_are_not_kept_fail_the_run(
    locust_python: Path, stand_in: StandIn, tmp_path: Path
) -> None:
    limits = """[smoke.total]
calls = 1000000
[default."GET similar"]
p95 = 0.0001
[default."GET nothing"]
calls = 1
"""
    ended, said = run(locust_python, stand_in, tmp_path, limits)
    assert ended == 1
    verdicts = [line.partition("NOT KEPT  ")[2] for line in said.splitlines() if "NOT KEPT" in line]
    assert [verdict.partition(":")[0] for verdict in verdicts] == ["GET similar", "GET nothing", "total"]
    assert said.rstrip().endswith(verdicts[-1]), "after all tables, where it is seen"


def test_no_share_of_failures_excuses_a_product_that_is_offered_again(
    locust_python: Path, stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.forgets = True
    ended, said = run(locust_python, stand_in, tmp_path, "[default.total]\nfailure_ratio = 1.0\n")
    assert ended == 1
    assert "NOT KEPT  a product is offered again right after it was bought:" in said


def test_what_was_not_taken_is_not_missed_on_the_next_page(
    locust_python: Path, stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.forgets, stand_in.refuses = True, ("/v1/events",)
    ended, said = run(locust_python, stand_in, tmp_path, "[default.total]\nfailure_ratio = 0.01\n")
    assert ended == 1
    assert "503 Overloaded" in said
    assert "offered again" not in said


def test_an_issuer_that_refuses_is_counted_and_said(
    locust_python: Path, stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.refuses = ("/token",)
    ended, said = run(locust_python, stand_in, tmp_path)
    assert ended == 1
    assert "POST token: 503 Overloaded" in said
    assert "Traceback" not in said


def test_ctrl_c_ends_a_run_which_is_judged_and_says_how_far_it_came(
    locust_python: Path, stand_in: StandIn, tmp_path: Path
) -> None:
    log = tmp_path / "locust.log"
    settings = settings_for(stand_in, tmp_path) | {"LOADTEST_STRETCH": "1"}
    process = locust.start(locust_python, [*HEADLESS, "--host", stand_in.url], settings, log)
    wait_until(lambda: bool(stand_in.events), "shoppers are there", 30)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 1
    assert "NOT KEPT  the run ended after 0:0" in log.read_text()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("LOADTEST_SHAPE", "big"), ("LOADTEST_STRETCH", "-1"), ("LOADTEST_THRESHOLDS", "/nowhere.toml")],
)
def test_a_wrong_setting_is_one_sentence(
    locust_python: Path, stand_in: StandIn, tmp_path: Path, variable: str, value: str
) -> None:
    ended, said = run(locust_python, stand_in, tmp_path, **{variable: value})
    assert ended == 1
    assert value in said
    assert "Traceback" not in said
