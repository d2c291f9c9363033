"""Fair order of concurrent requests: clients, their shoppers, and what is shed."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from opentelemetry.metrics import NoOpMeter

from adapters.telemetry import ServiceMetrics
from service.auth import Principal
from service.http.problems import Overloaded
from service.limits import Caller, FairShares

pytestmark = pytest.mark.anyio


def shopper(name: str, client: str = "web") -> Caller:
    return Caller(("issuer", client), name)


@dataclass
class Process:
    """Requests that wait for turns and run one after the other.

    Attributes:
        early: whether requests are shed before they ask for a turn, where that is possible.
    """

    max_in_flight: int | None = None
    turns: int = 1
    turn_seconds: float = 3600.0
    wait_seconds: float | None = None
    idle_seconds: Callable[[], float] = time.monotonic
    seconds_of_work: float = 0.0
    now: float = 0.0
    early: bool = False
    served: list[Caller] = field(default_factory=list)
    shed: list[Caller] = field(default_factory=list)

    def __post_init__(self) -> None:
        metrics = ServiceMetrics(NoOpMeter("tests"))
        self.shares = FairShares(
            metrics,
            self.max_in_flight,
            wait_seconds=self.wait_seconds,
            turns=self.turns,
            turn_seconds=self.turn_seconds,
            idle_seconds=self.idle_seconds,
            clock=lambda: self.now,
        )

    async def request(self, caller: Caller, units: int = 1) -> None:
        if self.early and self.shares.sheds(caller):
            self.shed.append(caller)
            return
        try:
            turn = await self.shares.turn(caller, units)
        except Overloaded:
            self.shed.append(caller)
            return
        self.served.append(caller)
        await asyncio.sleep(0)
        self.now += self.seconds_of_work
        turn.close()

    async def until(self, served: int) -> None:
        while len(self.served) < served:
            await asyncio.sleep(0)

    async def all_of(self, *callers: Caller, units: int = 1) -> None:
        """Sends the requests while another one runs."""
        running = await self.shares.turn(shopper("first", "other"), 1)
        tasks = [asyncio.create_task(self.request(caller, units)) for caller in callers]
        await asyncio.sleep(0)
        running.close()
        await asyncio.gather(*tasks)


@pytest.mark.parametrize("quiet", [shopper("quiet"), shopper("quiet", "another")])
async def test_quiet_caller_is_next_however_many_requests_wait(quiet: Caller) -> None:
    process = Process()
    await process.all_of(*[shopper(f"busy-{n % 10}") for n in range(100)], quiet)
    assert process.served.index(quiet) <= 11


@asynccontextmanager
async def hammering(process: Process, shoppers: int) -> AsyncIterator[None]:
    """Shoppers that send without a pause, also when they are shed."""
    ended = False

    async def hammer(caller: Caller) -> None:
        while not ended:
            await process.request(caller)
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(hammer(shopper(f"busy-{number}"))) for number in range(shoppers)]
    yield
    ended = True
    await asyncio.gather(*tasks)


async def test_shopper_who_pauses_hardly_waits_for_a_hundred_who_do_not() -> None:
    process, quiet, waits = Process(turns=2), shopper("quiet"), []
    async with hammering(process, 100):
        for _ in range(20):
            await process.until(len(process.served) + 300)
            before = len(process.served)
            await process.request(quiet)
            waits.append(process.served.index(quiet, before) - before)
    assert max(waits) <= 5, waits


@pytest.mark.parametrize("early", [False, True])
async def test_shopper_who_pauses_is_not_shed_while_others_send_again_and_again(early: bool) -> None:
    process, quiet = Process(max_in_flight=20, turns=2, early=early), shopper("quiet")
    async with hammering(process, 500):
        for _ in range(5):
            await process.until(len(process.served) + 20)
            await process.request(quiet)
    assert Counter(process.served)[quiet] == 5


async def test_clients_with_few_and_many_shoppers_have_equal_shares() -> None:
    process = Process()
    crowd = [shopper(f"busy-{n}", "web") for n in range(60)]
    await process.all_of(*crowd, *[Caller(("issuer", "app"), None)] * 20)
    first = Counter(caller.client for caller in process.served[:30])
    assert abs(first["issuer", "web"] - first["issuer", "app"]) <= 1


async def test_client_that_was_quiet_has_no_more_than_its_share_later() -> None:
    process = Process()
    for caller in [shopper("ben", "app"), *[shopper("ana", "web")] * 50]:
        await process.request(caller)
    process.served.clear()
    await process.all_of(*[shopper("ana", "web")] * 20, *[shopper("ben", "app")] * 20)
    first = Counter(caller.client for caller in process.served[:20])
    assert abs(first["issuer", "web"] - first["issuer", "app"]) <= 2


async def test_costly_requests_take_a_larger_part_of_a_share() -> None:
    process = Process()
    running = await process.shares.turn(shopper("first", "other"), 1)
    tasks = [asyncio.create_task(process.request(shopper("costly"), 10)) for _ in range(10)]
    tasks += [asyncio.create_task(process.request(shopper("cheap"), 1)) for _ in range(50)]
    await asyncio.sleep(0)
    running.close()
    await asyncio.gather(*tasks)
    assert 2 <= Counter(process.served[:30])[shopper("costly")] <= 4


@pytest.mark.parametrize("early", [False, True])
async def test_too_many_requests_are_shed_from_the_busiest_client(early: bool) -> None:
    process = Process(max_in_flight=80, early=early)
    quiet = [shopper(f"quiet-{n}", "app") for n in range(5)]
    await process.all_of(*[shopper(f"busy-{n % 4}") for n in range(100)], *quiet)
    assert (len(process.served), len(process.shed)) == (20, 85)
    assert set(quiet) <= set(process.served)
    assert {caller.client for caller in process.shed} == {("issuer", "web")}
    # The shopper of the busiest client that asks for less loses nothing either.
    process = Process(max_in_flight=80, early=early)
    await process.all_of(*[shopper("busy")] * 100, shopper("quiet"))
    assert shopper("quiet") in process.served


async def test_shed_request_is_not_held_against_its_caller() -> None:
    process = Process(max_in_flight=36)
    await process.all_of(*[shopper("busy")] * 9, *[shopper(f"other-{n}") for n in range(8)], units=100)
    assert process.shed == [shopper("busy")] * 8
    process.served.clear()
    await process.all_of(*[shopper("newcomer")] * 7, shopper("busy"), units=100)
    assert process.served.index(shopper("busy")) <= 2


async def test_turn_of_a_request_that_waits_for_something_else_is_passed_on() -> None:
    process = Process(turn_seconds=0.01)
    stuck = await process.shares.turn(shopper("stuck"), 1)
    await asyncio.wait_for(process.request(shopper("ana")), 30)
    stuck.close()
    await asyncio.wait_for(process.request(shopper("ana")), 30)
    assert len(process.served) == 2


async def test_turns_of_a_busy_process_are_not_passed_on() -> None:
    idle = 0.0
    process = Process(turn_seconds=0.01, idle_seconds=lambda: idle)
    running = await process.shares.turn(shopper("slow"), 1)
    waiting = asyncio.create_task(process.request(shopper("ana")))
    await asyncio.sleep(0.05)
    assert process.served == []
    idle = 0.01
    await asyncio.wait_for(waiting, 30)
    running.close()


async def test_nothing_is_shed_early_that_would_run_or_wait() -> None:
    process = Process(max_in_flight=8)
    assert not process.shares.sheds(shopper("ana"))
    running = await process.shares.turn(shopper("first"), 1)
    waiting = [asyncio.create_task(process.request(shopper("busy"))) for _ in range(2)]
    await asyncio.sleep(0)
    assert process.shares.sheds(shopper("busy"))
    assert not process.shares.sheds(shopper("first", "other")), "another client comes first"
    assert not process.shares.sheds(shopper("quiet")), "another shopper comes first"
    running.close()
    await asyncio.gather(*waiting)
    assert process.served == [shopper("busy")] * 2
    assert not process.shares.sheds(shopper("busy"))


@pytest.mark.parametrize("units", [1, 10])
async def test_no_more_requests_wait_than_are_answered_in_time(units: int) -> None:
    process = Process(wait_seconds=0.5, seconds_of_work=0.01)
    for _ in range(9):
        process.served.clear()
        await process.all_of(*[shopper(f"busy-{n}") for n in range(400)], units=units)
    assert 45 <= len(process.served) <= 55


async def test_slow_process_notices_that_it_is_fast_again() -> None:
    process = Process(wait_seconds=0.5, seconds_of_work=1)
    for served in (40, 1):
        process.served.clear()
        await process.all_of(*[shopper(f"busy-{n}") for n in range(40)])
        assert len(process.served) == served
    process.seconds_of_work = 0
    for _ in range(200):
        process.shed.clear()
        await process.all_of(*[shopper(f"busy-{n}") for n in range(40)])
    assert not process.shed


async def test_requests_without_a_turn_have_their_place_until_they_end() -> None:
    process = Process(max_in_flight=4, turns=10)
    stuck = [await process.shares.turn(shopper("busy"), 1) for _ in range(3)]
    waiting = [asyncio.create_task(process.request(shopper(name))) for name in ("busy", "quiet", "busy")]
    while len(process.shed) < 2:
        await asyncio.sleep(0)
    assert (process.served, process.shed) == ([], [shopper("busy")] * 2)
    stuck.pop().close()
    await asyncio.gather(*waiting)
    assert process.served == [shopper("quiet")]


@pytest.mark.parametrize("granted", [False, True])
async def test_cancelled_request_gives_back_its_place(granted: bool) -> None:
    process = Process(max_in_flight=2)
    running = await process.shares.turn(shopper("ana"), 1)
    waiting = asyncio.create_task(process.request(shopper("ben")))
    await asyncio.sleep(0)
    if granted:
        running.close()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    if not granted:
        running.close()
    await process.all_of(shopper("carla"))
    assert process.served == [shopper("carla")]


@pytest.mark.parametrize(
    ("subject", "scope", "own"),
    [
        ("ana", "recommendations:read", "ana"),
        ("web", "recommendations:read", None),
        ("web", "recommendations:read.any", None),
    ],
)
def test_client_that_acts_for_itself_is_one_caller(subject: str, scope: str, own: str | None) -> None:
    principal = Principal(subject, "web", frozenset([scope]), "issuer", 0.0)
    assert Caller.of(principal) == Caller(("issuer", "web"), own)


async def test_request_that_is_answered_at_once_takes_its_share_and_no_turn() -> None:
    process = Process()
    assert process.shares.begin_without_turn(shopper("ana", "web"), 30)
    await process.all_of(*[shopper("ana", "web")] * 10, *[shopper("ben", "web")] * 10)
    assert Counter(process.served[:10]) == {shopper("ben", "web"): 10}


async def test_request_that_would_have_to_wait_is_not_answered_at_once() -> None:
    process = Process()
    running = await process.shares.turn(shopper("ana"), 1)
    assert not process.shares.begin_without_turn(shopper("ben"), 1)
    running.close()
    assert process.shares.begin_without_turn(shopper("ben"), 1)
