"""Shares of one client, and its waiting requests."""

import asyncio
from dataclasses import dataclass, field

from service.limits.caller import Caller

_MAX_DEBT = 50
"""Units by which shed requests put their caller behind others."""


@dataclass(order=True, slots=True)
class Waiting:
    """A waiting request. The smallest one is next.

    Attributes:
        start: start tag.
        last_finish: finish tag of its caller's last request before it. It decides between equal start tags.
        number: order of arrival, which decides last.
        caller: who sent it.
        units: units that the request costs.
        granted: done when the request has its turn.
    """

    start: float
    last_finish: float
    number: int
    caller: Caller = field(compare=False)
    units: int = field(compare=False)
    granted: "asyncio.Future[None]" = field(compare=False)


@dataclass(slots=True)
class ClientShare:
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
    waiting: list[Waiting] = field(default_factory=list)

    def tags(self, shopper: str | None) -> tuple[float, float]:
        """Finish tag of the shopper's last request, and start tag of the next."""
        last_finish = self.finish.get(shopper, 0.0)
        return last_finish, max(self.virtual, last_finish)

    def enter(self, shopper: str | None, units: int, virtual: float) -> tuple[float, float]:
        """Sets the tags of a new request.

        Returns the shopper's last finish tag, and the request's start tag.

        Args:
            shopper: the caller.
            units: units that the request costs.
            virtual: virtual time among the clients.
        """
        if not self.waiting:
            self.start = max(self.start, virtual)
        last_finish, start = self.tags(shopper)
        self.finish[shopper] = start + units
        return last_finish, start

    def charge(self, shopper: str | None, start: float) -> None:
        """Sets the finish tag after a request with this start tag was shed.

        Otherwise a caller who sends without a pause would be equal to one who sends rarely.
        """
        self.finish[shopper] = max(start, min(start + 1, self.virtual + _MAX_DEBT))
