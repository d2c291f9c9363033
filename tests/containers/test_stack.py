"""The stack of docker-compose.yml: start, recommendations, failures and removal."""

import os
import re
import signal
import threading
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.containers.compose import Stack, dashboard_queries
from tests.containers.conftest import say
from tests.containers.engine import CommandFailed
from tests.containers.shop_file import ODD_SHOPPER
from tests.support.servers.waiting import wait_until

SHOPPER = "shopper-7"


class Load:
    """Requests one shopper's recommendations from several threads during the block."""

    def __init__(self, stack: Stack, token: str, threads: int = 4) -> None:
        self._stack, self._token = stack, token
        self.answers: list[tuple[int, str]] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(threads)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def refused(self) -> list[tuple[int, str]]:
        """Status and body of answers other than 200."""
        return [answer for answer in self.answers if answer[0] != 200]

    def _ask(self) -> None:
        while not self._over.wait(0.3):  # Several threads stay below a shopper's limit.
            answer = self._stack.get(f"/v1/users/{SHOPPER}/recommendations?limit=5", self._token)
            self.answers.append((answer.status_code, answer.text[:200]))


def test_shopper_gets_recommendations_through_the_ingress(stack: Stack) -> None:
    answer = stack.get(f"/v1/users/{SHOPPER}/recommendations", stack.token(SHOPPER))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["strategy"] == "personalised"
    assert body["degraded"] == []
    assert body["items"]
    assert all(item["product_id"].startswith("tools-") for item in body["items"][:3])


def test_odd_id_passes_unchanged(stack: Stack) -> None:
    path = f"/v1/users/{quote(ODD_SHOPPER, safe='')}/recommendations"
    answer = stack.get(path, stack.token(ODD_SHOPPER))
    assert answer.status_code == 200, answer.text
    assert answer.json()["user_id"] == ODD_SHOPPER
    assert answer.json()["strategy"] == "personalised"


def test_missing_and_foreign_tokens_are_rejected(stack: Stack) -> None:
    path = f"/v1/users/{SHOPPER}/recommendations"
    without = stack.get(path)
    assert without.status_code == 401
    assert without.headers["www-authenticate"].startswith("Bearer")
    assert without.headers["content-type"].startswith("application/problem+json")
    assert stack.get(path, stack.token("shopper-8")).status_code == 403
    any_shopper = stack.token(scope="recommendations:read.any")
    assert stack.get(path, any_shopper).status_code == 200


def test_every_profile_is_valid(stack: Stack) -> None:
    services = stack.compose("--profile", "*", "config", "--services").split()
    assert {"prometheus", "grafana", "collector", "locust"} <= set(services)
    for image in stack.compose("--profile", "*", "config", "--images").split():
        assert image.rpartition(":")[2][0].isdigit() or image.rpartition(":")[2].startswith("v"), image


def test_two_replicas_serve_and_cannot_write(stack: Stack) -> None:
    replicas = stack.containers("service")
    assert len(replicas) == 2
    for replica in replicas:
        assert replica["HostConfig"]["ReadonlyRootfs"]
        assert replica["HostConfig"]["CapDrop"] == ["ALL"]
        assert replica["State"]["Health"]["Status"] == "healthy"


def test_killed_replica_causes_no_error_and_restarts(stack: Stack) -> None:
    token = stack.token(SHOPPER)
    victim = stack.containers("service")[0]
    with Load(stack, token) as load:
        wait_until(lambda: len(load.answers) > 20, "a load", 30)
        # Like a crash. After `docker kill` the engine would not restart the container.
        _kill_main_process(victim["State"]["Pid"])
        before = len(load.answers)
        wait_until(lambda: len(load.answers) > before + 100, "answers without the replica", 60)
    assert load.refused()[:3] == []
    say(f"{len(load.answers)} answers while a replica was killed, none but 200")

    def is_back() -> bool:
        replica = next(found for found in stack.containers("service") if found["Id"] == victim["Id"])
        return (
            replica["RestartCount"] > victim["RestartCount"]
            and replica["State"].get("Health", {}).get("Status") == "healthy"
        )

    wait_until(is_back, "the replica's return", 60)


def test_new_snapshot_goes_live_under_load(stack: Stack) -> None:
    token = stack.token(SHOPPER)
    reader = stack.token(scope="recommendations:read")
    before = stack.get("/v1/snapshot", reader).json()["version"]
    with Load(stack, token, threads=2) as load:
        stack.compose("run", "--rm", "--no-deps", "indexer", seconds=300)
        wait_until(
            lambda: _versions(stack, reader).isdisjoint({before}), "every replica on the new snapshot", 60
        )
    assert load.refused()[:3] == []
    say(f"{len(load.answers)} answers while the snapshot changed, none but 200")


def test_documentation_page_loads_all_its_files(stack: Stack) -> None:
    page = stack.get("/schema")
    files = re.findall(r'(?:src|href)="(/[^"]+[.]\w+)"', page.text)
    assert len(files) >= 3
    assert {stack.get(file).status_code for file in [*files, "/schema/openapi.json"]} == {200}


def test_prometheus_scrapes_both_replicas_and_answers_dashboards(stack: Stack) -> None:
    stack.get(f"/v1/users/{SHOPPER}/recommendations", stack.token(SHOPPER))
    stack.compose("up", "--no-build", "--detach", "--wait", "prometheus")

    def replicas() -> set[str]:
        found = stack.measured('up{job="recommender", namespace="compose", pod!=""} == 1')
        return {one["metric"]["pod"] for one in found}

    wait_until(lambda: len(replicas()) == 2, "both replicas in Prometheus", 60)
    # Rates need two samples. There are no build metrics without a collector, and no series without an event.
    for name, at_least in (("service", 7), ("snapshots", 2)):
        queries = dashboard_queries(name)
        wait_until(
            lambda queries=queries, at_least=at_least: (
                sum(map(bool, map(stack.measured, queries))) >= at_least
            ),
            f"numbers for the dashboard {name}",
            60,
        )


def test_loaded_data_is_not_loaded_again(stack: Stack) -> None:
    assert "already loaded" in stack.compose("run", "--rm", "--no-deps", "load")


def test_other_data_is_loaded_beside_the_first(stack: Stack, tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    more.write_text("user_id,product_id,purchased_at\nsomebody,tea-green-1,2025-03-01\n")
    more.chmod(0o600)
    with pytest.raises(CommandFailed, match=r"PURCHASES: user 10001 cannot read it"):
        stack.compose("run", "--rm", "--no-deps", "load", PURCHASES=str(more))
    more.chmod(0o644)
    tmp_path.chmod(0o755)
    said = stack.compose("run", "--rm", "--no-deps", "load", PURCHASES=str(more))
    assert "Adding to earlier data" in said


def test_stack_leaves_nothing_behind(stack: Stack) -> None:
    """Must run last, because it removes the stack."""
    stack.compose("--profile", "*", "down", "--volumes", "--timeout", "20", seconds=180)
    label = "label=com.docker.compose.project=recommender"
    for listing in (["container", "ls", "--all"], ["volume", "ls"], ["network", "ls"]):
        assert stack.tools.run(["docker", *listing, "--quiet", "--filter", label], 30) == ""


def _kill_main_process(pid: int) -> None:
    """Kills the main process of the container whose init has this pid."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGKILL)


def _versions(stack: Stack, token: str) -> set[str]:
    return {stack.get("/v1/snapshot", token).json()["version"] for _ in range(8)}
