import os
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import PROGRAMS, main
from benchmarks.serving.cpu import cpu_seconds, tree_seconds
from benchmarks.serving.load.client import Client, get
from benchmarks.serving.measuring import Cost, Measured, measure
from benchmarks.serving.programs.catalog import Histories
from benchmarks.serving.report import line, missed
from benchmarks.serving.rows import ROWS
from recommender.product_ids import StringTable
from tests.support.servers.raw_http import RawServer, json_answer

HISTORIES = Histories(
    ids=StringTable.of(f"p{row}".encode() for row in range(300)),
    indptr=np.arange(0, 3_001, 10),
    indices=np.tile(np.arange(10), 300),
    popular_rows=np.arange(300),
    read_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def test_purchases_of_a_shopper_are_distinct_products_newest_first_and_reproducible() -> None:
    bought = HISTORIES.purchases("s50-7")
    assert len({purchase.product_id for purchase in bought}) == 50
    assert bought == sorted(bought, key=lambda purchase: purchase.purchased_at, reverse=True)
    assert bought == HISTORIES.purchases("s50-7") != HISTORIES.purchases("s50-8")
    assert HISTORIES.purchases("guest") == []


def test_cpu_time_of_a_process_grows_with_its_work() -> None:
    before = cpu_seconds([os.getpid()])
    until = time.process_time() + 0.03
    while time.process_time() < until:
        pass
    assert cpu_seconds([os.getpid()]) > before
    assert cpu_seconds([2**22 + 1]) == 0, "a process that has ended"


def test_cpu_time_of_ended_children_counts() -> None:
    before = tree_seconds(os.getpid())
    work = "import time\nwhile time.process_time() < 0.2: pass"
    subprocess.run([sys.executable, "-S", "-c", work], check=True)
    assert tree_seconds(os.getpid()) > before + 0.1


def test_answers_keep_the_order_of_their_requests() -> None:
    with (
        RawServer(lambda request: json_answer({"target": request.target})) as server,
        closing(Client(int(server.url.rpartition(":")[2]), connections=3)) as client,
    ):
        answers = client.json([get(f"/{number}") for number in range(3)])
    assert [answer["target"] for answer in answers] == ["/0", "/1", "/2"]


@pytest.mark.parametrize("exactly", [True, False])
def test_answer_times_are_counted_from_when_a_request_was_due(exactly: bool) -> None:
    with (
        RawServer(lambda _: json_answer({})) as server,
        closing(Client(int(server.url.rpartition(":")[2]), connections=2)) as client,
    ):
        late, on_time = client.send_on_time([get("/"), get("/")], [-5.0, 0.02], exactly=exactly)
    assert late.seconds > 5 > on_time.seconds > 0
    assert late.status == on_time.status == 200


def test_rejected_requests_are_answers_in_time() -> None:
    with (
        RawServer(lambda _: [b"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n{}"]) as server,
        closing(Client(int(server.url.rpartition(":")[2]), connections=1)) as client,
    ):
        (rejected,) = client.send_on_time([get("/")], [0.0])
    assert rejected.status == 503


def test_failed_requests_end_the_run() -> None:
    with (
        RawServer(lambda _: [b"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\n{}"]) as server,
        closing(Client(int(server.url.rpartition(":")[2]), connections=1)) as client,
        pytest.raises(RuntimeError, match=r"GET /x was answered with .*503"),
    ):
        client.send([get("/x")])


def test_rounds_alternate_and_limits_hold_for_the_median() -> None:
    order: list[str] = []

    def cost(name: str, seconds: float) -> Cost:
        order.append(name)
        return Cost(seconds)

    measured = measure(lambda: cost("ready", 0.1), lambda: cost("service", 0.2), rounds=3)
    assert order == ["ready", "service", "service", "ready", "ready", "service"]
    assert measured.ratio == pytest.approx(0.5)
    row = replace(ROWS["health"], limit=0.5)
    assert not missed(row, measured)
    slow = Measured(measured.baseline, (*measured.service[:1], Cost(0.3), Cost(0.3)))
    assert missed(row, slow)
    assert line("health", row, slow).endswith("MISSED")
    assert not missed(ROWS["health"], slow), "without a limit"


def test_stores_count_where_the_baseline_is_a_database() -> None:
    costs = (Cost(0.1, 0.3),), (Cost(0.1, 0.1),)
    assert Measured(*costs).ratio == pytest.approx(1)
    assert Measured(*costs, whole=True).ratio == pytest.approx(2)


def test_unknown_benchmarks_are_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nonsense"]) == 2
    assert "same-question" in capsys.readouterr().err


def test_every_row_is_documented() -> None:
    text = (Path(__file__).resolve().parents[3] / "benchmarks" / "README.md").read_text()
    assert [name for name in [*ROWS, *PROGRAMS] if f"`{name}`" not in text] == []
