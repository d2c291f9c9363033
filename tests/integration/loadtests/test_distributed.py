"""A master and two workers, told what `k8s/loadtest` tells them: the sum is judged, and who is lost is missed."""

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.integration.loadtests.settings import settings_for
from tests.integration.loadtests.stand_in import StandIn
from tests.support.servers import locust
from tests.support.servers.ports import unused_port
from tests.support.servers.waiting import wait_until

K8S = locust.ROOT / "k8s" / "loadtest"
SECONDS = 60


@dataclass
class Crew:
    """The processes of one run, and what they said."""

    master: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]
    folder: Path

    def said(self, who: str = "master") -> str:
        return (self.folder / f"{who}.log").read_text()

    def wait(self) -> list[int]:
        """The exit codes, the master's first."""
        return [process.wait(SECONDS) for process in (self.master, *self.workers)]


def arguments_of(file: str) -> list[str]:
    """What the container of a job is told."""
    jobs = [one for one in yaml.safe_load_all((K8S / file).read_text()) if one["kind"] == "Job"]
    found: list[str] = jobs[0]["spec"]["template"]["spec"]["containers"][0]["args"]
    return found


@pytest.fixture
def crew(locust_python: Path, stand_in: StandIn, tmp_path: Path) -> Iterator[Crew]:
    port = str(unused_port())
    settings = settings_for(stand_in, tmp_path, "[smoke.total]\nfailure_ratio = 0\ncalls = 10\n")
    settings |= {"LOCUST_HOST": stand_in.url, "LOADTEST_STRETCH": "0.2"}
    master = [*arguments_of("master.yaml"), "--master-bind-host", "127.0.0.1", "--master-bind-port", port]
    worker = [*arguments_of("workers.yaml"), "--master-host", "127.0.0.1", "--master-port", port]
    with ExitStack() as running:

        def start(name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
            process = locust.start(locust_python, arguments, settings, tmp_path / f"{name}.log")
            running.enter_context(process)
            running.callback(process.kill)
            return process

        yield Crew(start("master", master), [start(f"worker-{one}", worker) for one in (1, 2)], tmp_path)


def test_the_sum_of_two_workers_is_judged(crew: Crew, stand_in: StandIn) -> None:
    stand_in.pause = 0.4  # so that visits are under way when the shape ends
    assert crew.wait() == [0, 0, 0], crew.said()
    assert "Every limit for smoke in limits.toml was kept" in crew.said()
    counted = re.search(r"Aggregated +(\d+)", crew.said())
    assert counted is not None
    assert int(counted[1]) >= 0.95 * sum(stand_in.calls.values()), "what was under way at the end counts too"
    assert stand_in.calls["/v1/popular"] == 2, "both worked"
    shoppers = {who: times for who, times in stand_in.subjects.items() if who.isdigit()}
    assert len(shoppers) > 2
    twice = [who for who, times in shoppers.items() if times > 1]
    assert len(twice) <= len(shoppers) / 4, "two workers do not play the same shoppers"


def test_a_worker_that_dies_fails_the_run_and_not_the_other(crew: Crew, stand_in: StandIn) -> None:
    stand_in.refuses = ("/v1/products",)
    wait_until(lambda: len(stand_in.events) >= 5, "shoppers are there", SECONDS)
    crew.workers[0].send_signal(signal.SIGKILL)
    assert crew.wait() == [1, -signal.SIGKILL, 0], "whether calls failed is for the master to judge"
    assert "NOT KEPT  1 of 2 workers were lost" in crew.said()
    assert "NOT KEPT  total:" in crew.said()
