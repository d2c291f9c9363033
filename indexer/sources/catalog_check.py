"""Checks a catalog against its contract, with a few small requests."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice, pairwise
from time import perf_counter
from typing import TypeVar, cast

from adapters.catalog import (
    Bounds,
    CatalogClient,
    CatalogError,
    CatalogRefused,
    CatalogUnreachable,
    Product,
    Purchase,
    ReadReport,
)

LIMIT = 100
"""Records of a page."""

BOUNDS = Bounds(attempts=2, products_per_page=LIMIT, purchases_per_page=LIMIT)

UNKNOWN_USER = "nobody-9f2c41d07b"

_SHOPPER_SECONDS = 2.0
"""Time that the service waits for one shopper."""

_CLOCK_MARGIN = timedelta(minutes=5)
_MAX_NAMED = 3

_PRODUCTS, _PURCHASES, _USER = "GET /v1/products", "GET /v1/purchases", "GET /v1/users/{user_id}"

_NO_SHOPPER = "no user was asked for, because no purchase above has one"

Record = TypeVar("Record", Product, Purchase)


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one rule.

    Attributes:
        call: method and path.
        expected: what the contract expects.
        faults: what the catalog does instead.
    """

    call: str
    expected: str
    faults: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The rule on a line, and each fault on one of its own."""
        rule = f"{'wrong' if self.faults else 'ok':<7}{self.call}: {self.expected}"
        return "\n".join([rule, *(f"       - {fault}" for fault in self.faults)])


@dataclass(slots=True)
class CatalogCheck:
    """Checks one catalog.

    Attributes:
        client: calls the catalog within `BOUNDS`, and adds to `reports`.
        anonymous: calls it without a token. None: no token is configured.
        now: the present time.
        reports: what the client read for the current rule.
    """

    client: CatalogClient
    anonymous: CatalogClient | None
    now: datetime
    reports: list[ReadReport]
    _products: list[Product] = field(default_factory=list)
    _of_shopper: Purchase | None = None

    async def findings(self) -> AsyncGenerator[Finding, None]:
        """Checks rule after rule. A failed call is a fault of its rule.

        Raises:
            CatalogUnreachable: no rule can be checked.
        """
        yield await self._rule(_PRODUCTS, "valid products, oldest change first", self._check_products())
        yield await self._rule(
            f"{_PRODUCTS}?updated_since=…", "products changed since then, no others", self._check_changes()
        )
        yield await self._rule(
            _PURCHASES, "valid purchases in the order of recording", self._check_purchases()
        )
        yield await self._rule(
            f"{_USER}/purchases", f"newest first, within {_SHOPPER_SECONDS:g} s", self._check_shopper()
        )
        yield await self._rule(_USER, "the user with preferences, or 404 as a problem", self._check_user())
        yield await self._rule(
            f"{_USER}, also /purchases", "404 as a problem for an unknown user", self._check_unknown()
        )
        yield await self._rule("GET /v1/loads", "loads of files, or 404", self._check_loads())
        if self.anonymous is not None:
            yield await self._rule(_PRODUCTS, "401 without a token", self._check_token(self.anonymous))

    async def _rule(self, call: str, expected: str, check: Awaitable[list[str]]) -> Finding:
        self.reports.clear()
        try:
            faults = await check
        except CatalogUnreachable:
            raise
        except CatalogError as error:
            faults = [str(error)]
        rejected = [f"skipped {one}" for report in self.reports for one in report.rejected]
        return Finding(call, expected, tuple(faults + rejected[:_MAX_NAMED]))

    async def _check_products(self) -> list[str]:
        pages = await _two_pages(self.client.products())
        self._products = list(chain(*pages))
        faults = [] if self._products else ["there are no products"]
        faults += self._faults_of_pages([[one.id for one in page] for page in pages])
        faults += _disorder("updated_at", [(one.id, one.updated_at) for one in self._products])
        ahead = [one for one in self._products if one.updated_at > self.now + _CLOCK_MARGIN]
        return faults + [
            f"updated_at of product {one.id!r} is in the future: {one.updated_at}" for one in ahead[:1]
        ]

    async def _check_changes(self) -> list[str]:
        faults = []
        if self._products:
            since = self._products[-1].updated_at
            changed = list(chain(*await _two_pages(self.client.products(since))))
            if not any(one.updated_at == since for one in changed):
                faults.append(
                    f"product {self._products[-1].id!r} is missing. Its updated_at is the given time"
                )
            early = [one for one in changed if one.updated_at < since]
            faults += [f"product {one.id!r} changed before, at {one.updated_at}" for one in early[:1]]
        if await _two_pages(self.client.products(self.now + timedelta(days=1))):
            faults.append("there are changes since tomorrow")
        return faults

    async def _check_purchases(self) -> list[str]:
        pages = await _two_pages(self.client.purchases())
        purchases = list(chain(*pages))
        self._of_shopper = next((one for one in purchases if one.user_id is not None), None)
        faults = [] if purchases else ["there are no purchases"]
        faults += self._faults_of_pages([[one.id for one in page if one.id is not None] for page in pages])
        recorded = [(one.id or one.product_id, one.recorded_at) for one in purchases]
        faults += _disorder("recorded_at", [(name, at) for name, at in recorded if at is not None])
        nothing = sum(one.quantity == 0 for one in purchases)
        return faults + ([f"the quantity of {nothing} purchases is 0. They are left out"] if nothing else [])

    async def _check_shopper(self) -> list[str]:
        if self._of_shopper is None:
            return [_NO_SHOPPER]
        user_id, began = cast("str", self._of_shopper.user_id), perf_counter()
        times = [one.purchased_at for one in await self.client.user_purchases(user_id) or ()]
        seconds = perf_counter() - began
        if not times:
            return [f"there are none of the user who bought product {self._of_shopper.product_id!r}"]
        faults = [f"the answer took {seconds:.1f} s"] if seconds > _SHOPPER_SECONDS else []
        latest = [one.purchased_at for one in await self.client.user_purchases(user_id, limit=1) or ()]
        if times != sorted(times, reverse=True) or latest != times[:1]:
            faults.append("the newest purchase is not the first")
        if self.reports[-1].accepted > 1:
            faults.append(f"limit=1 has {self.reports[-1].accepted:,} purchases")
        return faults

    async def _check_user(self) -> list[str]:
        if self._of_shopper is None:
            return [_NO_SHOPPER]
        await self.client.user(cast("str", self._of_shopper.user_id))
        return []

    async def _check_unknown(self) -> list[str]:
        known = await self.client.user(UNKNOWN_USER), await self.client.user_purchases(UNKNOWN_USER)
        return [f"there is data of the user {UNKNOWN_USER}"] if any(known) else []

    async def _check_loads(self) -> list[str]:
        await self.client.loads(1)
        return []

    async def _check_token(self, anonymous: CatalogClient) -> list[str]:
        try:
            await _two_pages(anonymous.products())
        except CatalogRefused:
            return []
        return ["everyone can read the products"]

    def _faults_of_pages(self, ids: Sequence[Sequence[str]]) -> Iterator[str]:
        """Pages that are too long, and records that a page repeats."""
        for report in self.reports[:1]:
            if (size := report.accepted + len(report.rejected)) > LIMIT:
                yield f"limit={LIMIT} has {size:,} records"
        for page, following in pairwise(ids):
            again = [one for one in following if one in set(page)]
            if again:
                yield f"the page of next_cursor repeats {len(again)} records, such as {again[0]!r}"


async def _two_pages(pages: AsyncIterator[list[Record]]) -> list[list[Record]]:
    """The first two pages with records, and what the client finds on the way."""
    found: list[list[Record]] = []
    async with aclosing(cast("AsyncGenerator[list[Record], None]", pages)) as reading:
        async for page in reading:
            found.append(page)
            if len(found) == 2:
                break
    return found


def _disorder(name: str, times: Sequence[tuple[str, datetime]]) -> Iterator[str]:
    """Records that are older than the one before."""
    falling = (
        f"{name} of {after!r} is before that of {before!r}, which precedes it: {later} < {earlier}"
        for (before, earlier), (after, later) in pairwise(times)
        if later < earlier
    )
    return islice(falling, _MAX_NAMED)
