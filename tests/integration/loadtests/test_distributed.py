"""Runs of a master and two workers with the arguments from `k8s/loadtest`."""

import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml

from tests.integration.loadtests.runs import Run, running
from tests.integration.loadtests.stand_in import StandIn
from tests.support.servers import locust
from tests.support.servers.ports import unused_port
from tests.support.servers.waiting import wait_until

LIMITS = "[smoke.total]\nfailure_ratio = 0\ncalls = 10\n"


def arguments_of(file: str) -> list[str]:
    """Arguments of the container in a Job."""
    documents = yaml.safe_load_all((locust.ROOT / "k8s" / "loadtest" / file).read_text())
    job = next(document for document in documents if document["kind"] == "Job")
    found: list[str] = job["spec"]["template"]["spec"]["containers"][0]["args"]
    return found


@contextmanager
def crew(python: Path, folder: Path, stand_in: StandIn, **variables: str) -> Iterator[Run]:
    port = str(unused_port())
    worker = [*arguments_of("workers.yaml"), "--master-host", "127.0.0.1", "--master-port", port]
    master = [*arguments_of("master.yaml"), "--master-bind-host", "127.0.0.1", "--master-bind-port", port]
    arguments = {"master": master, "worker-1": worker, "worker-2": worker}
    with running(python, folder, stand_in, arguments, LIMITS, **variables) as run:
        yield run


@pytest.fixture(scope="module")
def runs(locust_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Run, Run]]:
    """Two simultaneous runs: a complete one, and one that loses a worker."""
    slow = StandIn(pause=0.4)  # visits are under way when the shape ends
    failing = StandIn(refuses=("/v1/products",))
    longer = {"LOADTEST_STRETCH": "0.2"}  # Six seconds: the master notices a lost worker after four.
    with ExitStack() as stack:
        complete = stack.enter_context(
            crew(locust_python, tmp_path_factory.mktemp("complete"), slow, LOADTEST_SCALE="2", **longer)
        )
        lossy = stack.enter_context(crew(locust_python, tmp_path_factory.mktemp("lossy"), failing, **longer))
        wait_until(lambda: bool(failing.events), "shoppers have started", 60)
        lossy.processes["worker-1"].send_signal(signal.SIGKILL)
        complete.wait()
        lossy.wait()
        yield complete, lossy


def test_sum_of_two_workers_is_judged(runs: tuple[Run, Run]) -> None:
    complete, _ = runs
    output, shop = complete.output("master"), complete.stand_in
    assert complete.wait() == [0, 0, 0], output
    assert "All limits for smoke in limits.toml were kept" in output
    counted = re.search(r"Aggregated +(\d+)", output)
    assert counted is not None
    assert int(counted[1]) >= 0.95 * sum(shop.calls.values()), "calls under way at the end count too"
    assert shop.calls["/v1/popular"] == 2, "both workers had shoppers"


def test_workers_play_different_shoppers(runs: tuple[Run, Run]) -> None:
    shoppers = {user: count for user, count in runs[0].stand_in.subjects.items() if user.isdigit()}
    assert len(shoppers) > 1, "the same shopper of both workers would be the only one of a slow run"
    assert len([user for user, count in shoppers.items() if count > 1]) <= len(shoppers) / 4


def test_lost_worker_fails_the_run_but_not_the_other_worker(runs: tuple[Run, Run]) -> None:
    _, lossy = runs
    assert lossy.wait() == [1, -signal.SIGKILL, 0], "failed calls are judged by the master alone"
    assert "FAILED  1 of 2 workers were lost" in lossy.output("master")
    assert "FAILED  total:" in lossy.output("master")
