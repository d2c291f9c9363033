"""Result and exit code of runs, with the real Locust and the real shoppers."""

import re
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.loadtests.runs import HEADLESS, Run, running
from tests.integration.loadtests.stand_in import StandIn
from tests.support.servers.waiting import wait_until

KEPT_AT_ANY_SPEED = """[default.total]
calls = 10
failure_ratio = 0
[default."GET recommendations (after buying)"]
calls = 1
"""
EXCEEDED = """[default.total]
calls = 1000000
failure_ratio = 1.0
[default."GET similar"]
p95 = 0.0001
[default."GET nothing"]
calls = 1
"""
ONE_PERCENT_MAY_FAIL = "[default.total]\nfailure_ratio = 0.01\n"


@pytest.fixture(scope="module")
def runs(locust_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """Finished runs against stand-ins with different faults. They run at the same time."""
    kinds = {
        "good": (StandIn(), KEPT_AT_ANY_SPEED),
        "forgetful": (StandIn(forgets=True), EXCEEDED),
        "without events": (StandIn(forgets=True, refuses=("/v1/events",)), ONE_PERCENT_MAY_FAIL),
        "without tokens": (StandIn(refuses=("/token",)), KEPT_AT_ANY_SPEED),
    }
    with ExitStack() as stack:
        started = {
            name: stack.enter_context(
                running(locust_python, tmp_path_factory.mktemp("run"), stand_in, limits=limits)
            )
            for name, (stand_in, limits) in kinds.items()
        }
        for run in started.values():
            run.wait()
        yield started


def test_good_run_keeps_all_limits(runs: dict[str, Run]) -> None:
    run = runs["good"]
    assert run.wait() == [0], run.output()
    assert "All limits for smoke in limits.toml were kept" in run.output()


def test_shoppers_view_buy_and_return(runs: dict[str, Run]) -> None:
    shop = runs["good"].stand_in
    kinds = Counter(event["kind"] for event in shop.events)
    assert kinds["impression"] > kinds["click"] >= kinds["cart"] >= kinds["purchase"] > 0
    assert {event.get("recommendation_id") for event in shop.events if event["kind"] == "click"} == {"r"}
    assert len({event["id"] for event in shop.events}) == len(shop.events)
    assert shop.calls["/v1/popular"] == 1, "one shopper loads the popular products"
    views = Counter({path: count for path, count in shop.calls.items() if path.endswith("/similar")})
    assert views["/v1/products/product-0/similar"] > views["/v1/products/product-20/similar"]


def test_every_kind_of_shopper_calls_with_a_token(runs: dict[str, Run]) -> None:
    shop = runs["good"].stand_in
    assert any(path.startswith("/v1/users/loadtest-") for path in shop.calls), "new shoppers have new ids"
    assert shop.calls["/v1/recommendations"], "guests have no id"
    assert shop.subjects["the shop"]
    assert {event["user_id"] for event in shop.events} <= shop.subjects.keys()


def test_exceeded_limits_fail_the_run(runs: dict[str, Run]) -> None:
    run = runs["forgetful"]
    assert run.wait() == [1]
    lines = run.output().splitlines()
    failures = [line.partition("FAILED  ")[2] for line in lines if "FAILED  " in line]
    assert [failure.partition(":")[0] for failure in failures][:3] == ["total", "GET similar", "GET nothing"]
    assert lines[-1].endswith(failures[-1]), "failures are the end of the output"


def test_offering_a_bought_product_fails_the_run_despite_any_failure_ratio(runs: dict[str, Run]) -> None:
    assert "FAILED  a product is offered again right after it was bought:" in runs["forgetful"].output()


def test_rejected_purchase_may_be_offered_again(runs: dict[str, Run]) -> None:
    run = runs["without events"]
    assert run.wait() == [1]
    assert "503 Overloaded" in run.output()
    assert "offered again" not in run.output()


def test_rejected_token_request_is_counted_as_a_failure(runs: dict[str, Run]) -> None:
    run = runs["without tokens"]
    assert run.wait() == [1]
    assert "POST token: 503 Overloaded" in run.output()
    assert "Traceback" not in run.output()


def test_ctrl_c_fails_the_run_and_prints_its_elapsed_time(locust_python: Path, tmp_path: Path) -> None:
    with running(locust_python, tmp_path, StandIn(), LOADTEST_STRETCH="100") as run:
        wait_until(lambda: bool(run.stand_in.events), "shoppers have started", 60)
        run.processes["locust"].send_signal(signal.SIGINT)
        assert run.wait() == [1]
        assert re.search(r"FAILED  the run ended after \d+:\d\d of 50:00", run.output())


def test_ctrl_c_ends_the_run_wherever_it_arrives(locust_python: Path, tmp_path: Path) -> None:
    catches_interrupts = Path(__file__).with_name("uninterruptible.py")
    arguments = {"locust": [*HEADLESS, "--locustfile", str(catches_interrupts)]}
    with running(locust_python, tmp_path, StandIn(), arguments, LOADTEST_STRETCH="100") as run:
        wait_until(lambda: bool(run.stand_in.calls), "shoppers have started", 60)
        run.processes["locust"].send_signal(signal.SIGINT)
        assert run.wait() == [1]
        assert "FAILED  the run ended after" in run.output()


def test_invalid_setting_is_one_sentence(locust_python: Path, tmp_path: Path) -> None:
    with running(locust_python, tmp_path, StandIn(), LOADTEST_THRESHOLDS="/nowhere.toml") as run:
        assert run.wait() == [1]
        assert "/nowhere.toml" in run.output()
        assert "Traceback" not in run.output()
