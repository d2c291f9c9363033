"""Fair order of the requests of one process.

Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996), on two levels: clients have equal shares of the process,
and so have the shoppers of one client. A request's start tag is the virtual time, or its caller's finish tag if that is
later. The finish tag is the start tag plus the request's units. The request with the smallest start tag is next, and
its tag becomes the virtual time. A caller who was quiet is therefore next, however many others wait.
"""

import asyncio
import heapq
import math
from dataclasses import dataclass, field

from adapters.telemetry import ServiceMetrics
from service.http.problems import Overloaded
from service.limits.caller import Caller

TURNS = 8
"""Requests that run at the same time. Enough to overlap their input and output, few enough to be over soon."""

TURN_SECONDS = 0.05
"""Time after which a turn is passed on, because its request waits for something else than the process."""

_MAX_DEBT = 50
"""Units by which shed requests put their caller behind others."""

_FORGET_EVERY = 1_000
"""Turns after which tags that have no effect any more are dropped."""


@dataclass(order=True, slots=True)
class _Waiting:
    """A waiting request. The smallest start tag is next.

    Of equal ones the request of the caller with the smallest finish tag before it is next, and then the earliest.
    """

    start: float
    before: float
    number: int
    caller: Caller = field(compare=False)
    units: int = field(compare=False)
    granted: "asyncio.Future[None]" = field(compare=False)


@dataclass(slots=True)
class _Share:
    """One client's waiting requests and tags.

    Attributes:
        start: start tag of the client's next request among those of other clients.
        virtual: virtual time among the client's shoppers.
        finish: finish tags of the shoppers.
        waiting: heap of requests.
    """

    start: float
    virtual: float = 0.0
    finish: dict[str | None, float] = field(default_factory=dict)
    waiting: list[_Waiting] = field(default_factory=list)

    def tags(self, shopper: str | None) -> tuple[float, float]:
        """Finish tag of the shopper's last request, and start tag of the next."""
        before = self.finish.get(shopper, 0.0)
        return before, max(self.virtual, before)

    def enter(self, shopper: str | None, units: int, virtual: float) -> tuple[float, float]:
        """Sets the tags of a new request.

        Returns the shopper's last finish tag, and the request's start tag.

        Args:
            shopper: the caller.
            units: of the request.
            virtual: virtual time among the clients.
        """
        if not self.waiting:
            self.start = max(self.start, virtual)
        before, start = self.tags(shopper)
        self.finish[shopper] = start + units
        return before, start

    def charge(self, shopper: str | None, start: float) -> None:
        """Sets the finish tag after a request with this start tag was shed.

        Who sends without a pause would otherwise be equal to who sends rarely.
        """
        self.finish[shopper] = max(start, min(start + 1, self.virtual + _MAX_DEBT))


@dataclass(eq=False, slots=True)
class Turn:
    """Right to run, until the request ends.

    Attributes:
        shares: gave the turn.
        passed_on_at: time of the event loop from which the turn is passed on if others wait.
    """

    shares: "FairShares"
    passed_on_at: float

    def close(self) -> None:
        """Ends the request. Called once."""
        self.shares.end(self)


class FairShares:
    """Lets requests run in a fair order.

    When too many wait, it sheds those of the busiest client.

    Args:
        metrics: counts shed requests.
        max_in_flight: maximum number of requests, of which a quarter may wait; None disables the limit.
        turns: number of requests that have a turn at the same time.
        turn_seconds: time after which a turn is passed on if others wait.
    """

    def __init__(
        self,
        metrics: ServiceMetrics,
        max_in_flight: int | None,
        *,
        turns: int = TURNS,
        turn_seconds: float = TURN_SECONDS,
    ) -> None:
        self._metrics = metrics
        self._max_waiting = math.inf if max_in_flight is None else max(1, max_in_flight // 4)
        self._places = math.inf if max_in_flight is None else max(1, max_in_flight - self._max_waiting)
        self._turns = turns
        self._turn_seconds = turn_seconds
        self._waiting = 0
        self._begun = 0
        self._number = 0
        self._virtual = 0.0
        self._shares: dict[tuple[str, str], _Share] = {}
        self._running: dict[Turn, None] = {}  # longest first
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, caller: Caller, units: int) -> Turn:
        """Waits for a turn. The caller of this method closes it.

        Raises:
            Overloaded: too many requests wait, and this one is of the busiest client.
        """
        share, now = self._share(caller), asyncio.get_running_loop().time()
        if not self._turns:
            self._pass_on(now)
        if self._turns and self._places > 0:
            _, start = share.enter(caller.shopper, units, self._virtual)
            self._begin(share, start, units)
        else:
            await self._wait(share, caller, units)
            now = asyncio.get_running_loop().time()
        turn = Turn(self, now + self._turn_seconds)
        self._running[turn] = None
        self._watch()
        return turn

    def pass_by(self, caller: Caller, units: int) -> bool:
        """Counts a request that is answered at once.

        Returns False if it has to wait for its turn, and counts nothing.
        """
        if not self._turns or self._places <= 0:
            return False
        share = self._share(caller)
        _, start = share.enter(caller.shopper, units, self._virtual)
        self._advance(share, start, units)
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

    def _share(self, caller: Caller) -> _Share:
        share = self._shares.get(caller.client)
        if share is None:
            share = self._shares[caller.client] = _Share(self._virtual)
        return share

    async def _wait(self, share: _Share, caller: Caller, units: int) -> None:
        if self._waiting >= self._max_waiting:
            self._make_room(share, caller)
        before, start = share.enter(caller.shopper, units, self._virtual)
        self._number += 1
        granted = asyncio.get_running_loop().create_future()
        request = _Waiting(start, before, self._number, caller, units, granted)
        heapq.heappush(share.waiting, request)
        self._waiting += 1
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

    def _watch(self) -> None:
        """Passes on the longest turn in time, with one timer for all turns.

        There is none while nobody waits.
        """
        if self._waiting and self._running and self._timer is None:
            first = next(iter(self._running))
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(first.passed_on_at, self._pass_on_in_time, first.passed_on_at)

    def _pass_on_in_time(self, now: float) -> None:
        self._timer = None
        self._pass_on(now)
        self._watch()

    def _pass_on(self, now: float) -> None:
        """Ends the turns that took too long. Their requests go on."""
        while self._running and (longest := next(iter(self._running))).passed_on_at <= now:
            del self._running[longest]
            self._turns += 1
        self._grant()

    def _grant(self) -> None:
        """Gives free turns to the next requests."""
        while self._turns and self._places > 0 and self._waiting:
            share = min((each for each in self._shares.values() if each.waiting), key=_start)
            request = heapq.heappop(share.waiting)
            self._waiting -= 1
            self._begin(share, request.start, request.units)
            request.granted.set_result(None)

    def _begin(self, share: _Share, start: float, units: int) -> None:
        """Takes a turn and a place."""
        self._turns -= 1
        self._places -= 1
        self._advance(share, start, units)

    def _advance(self, share: _Share, start: float, units: int) -> None:
        """Moves the virtual times to a request that begins."""
        self._virtual, share.virtual = share.start, max(share.virtual, start)
        share.start += units
        self._begun += 1
        if self._begun % _FORGET_EVERY == 0:
            self._forget()

    def _make_room(self, own: _Share, caller: Caller) -> None:
        """Sheds a waiting request or the new one.

        It is the last in the order of the client with the most waiting requests.
        """
        self._metrics.shed()
        busiest = max(self._shares.values(), key=lambda share: len(share.waiting))
        if len(own.waiting) >= len(busiest.waiting):
            busiest = own
        last = max(busiest.waiting)
        before, start = own.tags(caller.shopper)
        if busiest is own and (start, before) >= (last.start, last.before):
            own.charge(caller.shopper, start)
            raise Overloaded
        busiest.charge(last.caller.shopper, last.start)
        self._remove(busiest, last)
        last.granted.set_exception(Overloaded())

    def _remove(self, share: _Share, request: _Waiting) -> None:
        share.waiting.remove(request)
        heapq.heapify(share.waiting)
        self._waiting -= 1

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


def _start(share: _Share) -> float:
    return share.start
