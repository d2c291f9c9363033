"""Fair order of the requests of one process.

Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996), on two levels: clients have equal shares of the process,
and so have the shoppers of one client. A request's start tag is the virtual time, or its caller's finish tag if that is
later. The finish tag is the start tag plus the request's units. The request with the smallest start tag is next, and
its tag becomes the virtual time. A caller who was quiet is therefore next, however many others wait.
"""

import asyncio
import heapq
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from adapters.telemetry import ServiceMetrics
from service.http.problems import Overloaded
from service.limits.caller import Caller
from service.limits.client_share import ClientShare, Waiting
from service.limits.pace import Pace, loop_idle_seconds

TURNS = 8
"""Requests that run at the same time. Enough to overlap their input and output, few enough to be over soon."""

TURN_SECONDS = 0.05
"""Idle time after which a turn is passed on, because its request waits for something else than the process."""

WAIT_SECONDS = 0.5
"""Time that a request may wait for its turn."""

_ORDER = attrgetter("start", "last_finish", "number")
"""The order of `Waiting`, for the many comparisons of a search."""

_FORGET_EVERY = 1_000
"""Turns after which tags that have no effect any more are dropped."""


@dataclass(eq=False, slots=True)
class Turn:
    """Right to run, until the request ends.

    Attributes:
        shares: gave the turn.
        passed_on_at: idle time of the process at which the turn is passed on if others wait.
    """

    shares: "FairShares"
    passed_on_at: float

    def close(self) -> None:
        """Ends the request. Called once."""
        self.shares.end(self)


class FairShares:
    """Lets requests run in a fair order.

    When more wait than it can answer in time, it sheds those of the busiest client.

    Args:
        metrics: counts shed requests.
        max_in_flight: maximum number of requests, of which a quarter may wait; None disables the limit.
        wait_seconds: time that a request may wait; None disables the limit.
        turns: number of requests that have a turn at the same time.
        turn_seconds: idle time of the process after which a turn is passed on if others wait. A process without idle
            time has enough requests that run.
        idle_seconds: idle time of the process so far.
        clock: time in seconds.
    """

    def __init__(
        self,
        metrics: ServiceMetrics,
        max_in_flight: int | None,
        *,
        wait_seconds: float | None = WAIT_SECONDS,
        turns: int = TURNS,
        turn_seconds: float = TURN_SECONDS,
        idle_seconds: Callable[[], float] = loop_idle_seconds,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._metrics = metrics
        self._wait_seconds = math.inf if wait_seconds is None else wait_seconds
        self._always_waiting = turns
        self._idle_seconds = idle_seconds
        self._pace = Pace(clock)
        self._max_waiting = math.inf if max_in_flight is None else max(1, max_in_flight // 4)
        self._places = math.inf if max_in_flight is None else max(1, max_in_flight - self._max_waiting)
        self._turns = turns
        self._turn_seconds = turn_seconds
        self._waiting = 0
        self._waiting_units = 0
        self._begun = 0
        self._number = 0
        self._virtual = 0.0
        self._shares: dict[tuple[str, str], ClientShare] = {}
        self._running: dict[Turn, None] = {}  # longest first
        self._timer: asyncio.TimerHandle | None = None

    def is_crowded(self) -> bool:
        """True while requests wait for their turn."""
        return self._waiting > 0

    async def turn(self, caller: Caller, units: int) -> Turn:
        """Waits for a turn. The caller of this method closes it.

        Raises:
            Overloaded: too many requests wait, and this one is of the busiest client.
        """
        share = self._share(caller)
        if not self._turns:
            self._pass_on()
        if self._turns and self._places > 0:
            _, start = share.enter(caller.shopper, units, self._virtual)
            self._begin(share, start, units)
        else:
            await self._wait(share, caller, units)
        turn = Turn(self, self._idle_seconds() + self._turn_seconds)
        self._running[turn] = None
        self._watch()
        return turn

    def begin_without_turn(self, caller: Caller, units: int) -> bool:
        """Counts a request that is answered at once, without a turn.

        Returns False if it has to wait for its turn. Then nothing is counted.
        """
        if not self._turns or self._places <= 0:
            return False
        share = self._share(caller)
        _, start = share.enter(caller.shopper, units, self._virtual)
        self._advance(share, start, units)
        return True

    def sheds(self, caller: Caller) -> bool:
        """Returns true if a new request of the caller is shed at once.

        It then counts as shed. `turn` decides the same, but after the request was routed and its body was read.
        """
        own = self._shares.get(caller.client)
        if own is None or (self._turns and self._places > 0) or not self._is_full(1):
            return False
        busiest, last = self._last_waiting(own)
        if not self._comes_after(last, busiest, own, caller):
            return False
        self._metrics.shed()
        own.charge(caller.shopper, own.tags(caller.shopper)[1])
        return True

    def end(self, turn: Turn) -> None:
        """Ends a request."""
        if turn in self._running:
            del self._running[turn]
            self._turns += 1
        self._places += 1
        self._grant()

    def charge(self, caller: Caller, units: int) -> None:
        """Adds units to a request that has begun. Its caller's next requests come later."""
        share = self._share(caller)
        share.enter(caller.shopper, units, self._virtual)
        share.start += units

    def _share(self, caller: Caller) -> ClientShare:
        share = self._shares.get(caller.client)
        if share is None:
            share = self._shares[caller.client] = ClientShare(self._virtual)
        return share

    async def _wait(self, share: ClientShare, caller: Caller, units: int) -> None:
        while self._is_full(units):
            self._make_room(share, caller)
        last_finish, start = share.enter(caller.shopper, units, self._virtual)
        self._number += 1
        granted = asyncio.get_running_loop().create_future()
        request = Waiting(start, last_finish, self._number, caller, units, granted)
        heapq.heappush(share.waiting, request)
        if not self._waiting:
            self._pace.begin()
        self._waiting += 1
        self._waiting_units += units
        self._watch()
        try:
            await granted
        except asyncio.CancelledError:
            if granted.cancelled():
                self._remove(share, request)
            elif granted.exception() is None:  # It got its turn and was cancelled at the same time.
                self._turns += 1
                self._places += 1
                self._grant()
            raise

    def _is_full(self, units: int) -> bool:
        """Returns true if a further request would wait too long.

        As many requests as have a turn may always wait. The pace is measured while requests wait, and a process that
        becomes faster would otherwise not know.
        """
        if self._waiting < min(self._always_waiting, self._max_waiting):
            return False
        late = (self._waiting_units + units) * self._pace.seconds_per_unit > self._wait_seconds
        return late or self._waiting >= self._max_waiting

    def _watch(self) -> None:
        """Passes on the longest turn in time, with one timer for all turns.

        There is none while nobody waits.
        """
        if self._waiting and self._running and self._timer is None:
            first = next(iter(self._running))
            seconds = max(0.0, first.passed_on_at - self._idle_seconds())
            self._timer = asyncio.get_running_loop().call_later(seconds, self._pass_on_in_time)

    def _pass_on_in_time(self) -> None:
        self._timer = None
        self._pass_on()
        self._watch()

    def _pass_on(self) -> None:
        """Ends the turns that took too long. Their requests go on."""
        idle = self._idle_seconds()
        while self._running and (longest := next(iter(self._running))).passed_on_at <= idle:
            del self._running[longest]
            self._turns += 1
        self._grant()

    def _grant(self) -> None:
        """Gives free turns to the next requests."""
        while self._turns and self._places > 0 and self._waiting:
            share = min((each for each in self._shares.values() if each.waiting), key=_start)
            request = heapq.heappop(share.waiting)
            self._leave(request)
            self._pace.advance(request.units)
            self._begin(share, request.start, request.units)
            request.granted.set_result(None)

    def _begin(self, share: ClientShare, start: float, units: int) -> None:
        """Takes a turn and a place."""
        self._turns -= 1
        self._places -= 1
        self._advance(share, start, units)

    def _advance(self, share: ClientShare, start: float, units: int) -> None:
        """Moves the virtual times to a request that begins."""
        self._virtual, share.virtual = share.start, max(share.virtual, start)
        share.start += units
        self._begun += 1
        if self._begun % _FORGET_EVERY == 0:
            self._forget()

    def _make_room(self, own: ClientShare, caller: Caller) -> None:
        """Sheds a waiting request, or raises Overloaded for the new one."""
        self._metrics.shed()
        busiest, last = self._last_waiting(own)
        if self._comes_after(last, busiest, own, caller):
            own.charge(caller.shopper, own.tags(caller.shopper)[1])
            raise Overloaded
        busiest.charge(last.caller.shopper, last.start)
        self._remove(busiest, last)
        last.granted.set_exception(Overloaded())

    def _last_waiting(self, own: ClientShare) -> tuple[ClientShare, Waiting]:
        """The client with the most waiting requests, and the last one of its order."""
        busiest = max(self._shares.values(), key=lambda share: len(share.waiting))
        if len(own.waiting) >= len(busiest.waiting):
            busiest = own
        return busiest, max(busiest.waiting, key=_ORDER)

    @staticmethod
    def _comes_after(last: Waiting, busiest: ClientShare, own: ClientShare, caller: Caller) -> bool:
        last_finish, start = own.tags(caller.shopper)
        return busiest is own and (start, last_finish) >= (last.start, last.last_finish)

    def _remove(self, share: ClientShare, request: Waiting) -> None:
        share.waiting.remove(request)
        heapq.heapify(share.waiting)
        self._leave(request)

    def _leave(self, request: Waiting) -> None:
        self._waiting -= 1
        self._waiting_units -= request.units

    def _forget(self) -> None:
        """Drops tags that the virtual time has passed."""
        for share in self._shares.values():
            later = filter(lambda each: each[1] > share.virtual, share.finish.items())
            share.finish = dict(later)
        self._shares = {
            client: share
            for client, share in self._shares.items()
            if share.waiting or share.start > self._virtual
        }


def _start(share: ClientShare) -> float:
    return share.start
