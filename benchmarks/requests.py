"""Measures CPU time and units of each kind of request.

The application answers in this process, over ASGI, from 100,000 synthetic products.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import structlog
from joserfc import jwt
from joserfc.jwk import ECKey
from litestar.types import HTTPReceiveMessage, Message
from opentelemetry.metrics import NoOpMeter

from adapters.cache import InProcessQuotas, Quota
from adapters.catalog import Purchase, UserRecord
from adapters.database.migrations import migrate
from adapters.snapshots.manifest import Counts, EmbeddingModel, Manifest
from adapters.telemetry import ServiceMetrics
from benchmarks.filters import PRODUCTS, random_snapshot
from recommender.snapshot.overlay import Overlay
from service.limits import Quotas, QuotaState, RateLimits
from service.settings import ServiceSettings
from service.wiring import Service, build_service

_ROUNDS = 20
_PURCHASES = {"new": 0, "usual": 30, "loyal": 557}
_NUMBERS = count()
_SCOPES = "recommendations:read.any events:write.any profiles:read.any profiles:write.any users:erase.any"

_Body = Callable[[], Any] | None


class CountedLimits(RateLimits):
    """Rate limits out of reach that count spent units."""

    spent = 0

    def spend_at_once(self, quota_state: QuotaState, units: int, spent: int = 0) -> bool:
        """See `RateLimits.spend_at_once`."""
        self.spent += units
        return super().spend_at_once(quota_state, units, spent)


class Purchases:
    """A catalog of shoppers with random purchases."""

    def __init__(self) -> None:
        generator = np.random.default_rng(3)
        self._rows = {user: generator.integers(PRODUCTS, size=number) for user, number in _PURCHASES.items()}

    async def user_purchases(self, user_id: str, limit: int) -> list[Purchase] | None:
        """See `PurchaseSource`."""
        now = datetime.now(UTC)
        return [
            Purchase(
                id=f"{user_id}-{day}", user_id=user_id, product_id=f"p{row}", purchased_at=at, recorded_at=at
            )
            for day, row in enumerate(self._rows.get(user_id, [])[:limit])
            for at in [now - timedelta(days=day % 300, hours=1)]
        ]

    async def user(self, user_id: str) -> UserRecord | None:
        """See `PurchaseSource`."""
        return None


@dataclass(frozen=True, slots=True)
class Measured:
    """The application, called with a service's token.

    Every answer is computed, from a profile that the process does not know.
    """

    service: Service
    limits: CountedLimits
    token: str

    async def spent(self, method: str, path: str, body: _Body) -> tuple[float, float]:
        """Median of CPU milliseconds, and units."""
        for _ in range(2):
            await self._call(method, path, body)
        self.limits.spent = 0
        seconds = [await self._call(method, path, body) for _ in range(_ROUNDS)]
        return statistics.median(seconds) * 1000, self.limits.spent / _ROUNDS

    async def _call(self, method: str, path: str, body: _Body) -> float:
        """CPU seconds of one request, which must succeed."""
        target, _, query = path.partition("?")
        content, statuses = msgspec.json.encode(body()) if body else b"", []
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        scope: Any = {
            "type": "http",
            "method": method,
            "path": target,
            "raw_path": target.encode(),
            "query_string": query.encode(),
            "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
            "state": {},
        }

        async def receive() -> HTTPReceiveMessage:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        self.service.components.live.apply_overlay(Overlay())  # No kept answer is valid.
        began = time.process_time()
        await self.service.app(scope, receive, send)
        seconds = time.process_time() - began
        if not 200 <= statuses[0] < 300:
            raise RuntimeError(f"{method} {path} answered {statuses[0]}")
        return seconds


async def main() -> None:
    """Prints the median CPU time and the units of each kind of request."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    quota = Quota(1_000_000_000, 60)
    metrics = ServiceMetrics(NoOpMeter("benchmark"))
    limits = CountedLimits(InProcessQuotas(max_entries=10), Quotas(quota, quota), metrics, str)
    with tempfile.TemporaryDirectory(prefix="requests-") as name:
        folder = Path(name)
        key = ECKey.generate_key("P-256")
        service = _service(folder, key, limits)
        await migrate(service.components.engine)
        service.components.live.swap(_manifest(), random_snapshot(folder / "index.ann"))
        measured = Measured(service, limits, _token(key))
        print(f"| {'request':<54} | ms of CPU | units |\n| --- | --- | --- |")
        for title, method, path, body in _kinds():
            milliseconds, units = await measured.spent(method, path, body)
            print(f"| {title:<54} | {milliseconds:>9.1f} | {units:>5.0f} |")
        await service.components.profiles.close()
        await service.components.engine.dispose()


def _service(folder: Path, key: ECKey, limits: RateLimits) -> Service:
    (folder / "snapshot.key").write_text("0" * 64)
    (folder / "jwks.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    settings = ServiceSettings.model_validate(
        {
            "issuers": [{"issuer": "benchmark", "jwks_file": folder / "jwks.json"}],
            "snapshot_signing_key_files": [folder / "snapshot.key"],
            "database_url": f"sqlite:///{folder}/recommender.db",
        }
    )
    return build_service(settings, rate_limits=limits, profile_catalog=Purchases())


def _token(key: ECKey) -> str:
    now = int(time.time())
    claims = {"iss": "benchmark", "aud": "recommender", "sub": "shop", "client_id": "shop", "scope": _SCOPES}
    return jwt.encode({"alg": "ES256", "typ": "at+jwt"}, claims | {"iat": now, "exp": now + 3600}, key)


def _kinds() -> list[tuple[str, str, str, _Body]]:
    """Title, method, path and body of each kind of request."""
    reads = [
        (f"{title}, {page}", "GET", f"/v1/{path}?{query}", None)
        for title, path in (
            ("popular", "popular"),
            ("similar", "products/p7/similar"),
            ("for-you, 30 purchases", "users/usual/recommendations"),
            ("for-you, 557 purchases", "users/loyal/recommendations"),
        )
        for page, query in (
            ("20 items", "limit=20"),
            ("100 items", "limit=100"),
            ("20 items, explained", "limit=20&explain=true"),
            ("100 items, explained, expanded", "limit=100&explain=true&expand=product"),
            ("100 items, diverse", "limit=100&diversity=0.5"),
        )
    ]
    return [
        *reads,
        ("for-you, no purchases, 20 items", "GET", "/v1/users/new/recommendations?limit=20", None),
        ("buy-again, 557 purchases", "GET", "/v1/users/loyal/buy-again", None),
        ("new-arrivals for a shopper", "GET", "/v1/new-arrivals?user_id=loyal", None),
        ("session of 1 product", "POST", "/v1/recommendations", _session(1)),
        ("session of 500 products", "POST", "/v1/recommendations", _session(500)),
        ("basket of 10 products", "POST", "/v1/recommendations", lambda: {"basket": _ids(10)}),
        ("ranking of 20 products, 557 purchases", "POST", "/v1/rankings", _ranking(20)),
        ("ranking of 500 products, 557 purchases", "POST", "/v1/rankings", _ranking(500)),
        ("batch of 10, 30 purchases each", "POST", "/v1/recommendations/batch", _batch("usual")),
        ("batch of 10, 557 purchases each", "POST", "/v1/recommendations/batch", _batch("loyal")),
        ("1 event", "POST", "/v1/events", _events(1)),
        ("50 events", "POST", "/v1/events", _events(50)),
        ("500 events", "POST", "/v1/events", _events(500)),
        ("preferences, read", "GET", "/v1/users/new/preferences", None),
        ("preferences, set", "PUT", "/v1/users/new/preferences", lambda: {"liked_brands": ["Rare"]}),
        ("export of 10,000 events", "GET", "/v1/users/writer/profile", None),
        ("erasure", "DELETE", "/v1/users/gone", None),
    ]


def _ids(number: int) -> list[str]:
    return [f"p{each * 7}" for each in range(number)]


def _session(number: int) -> _Body:
    return lambda: {"interactions": [{"product_id": each} for each in _ids(number)]}


def _ranking(number: int) -> _Body:
    return lambda: {"user_id": "loyal", "product_ids": _ids(number)}


def _batch(user_id: str) -> _Body:
    return lambda: {"entries": [{"id": str(number), "user_id": user_id} for number in range(10)]}


def _events(number: int) -> _Body:
    event = {"user_id": "writer", "kind": "view", "occurred_at": "2026-01-02T00:00:00Z"}
    return lambda: {
        "events": [event | {"id": f"e{next(_NUMBERS)}", "product_id": each} for each in _ids(number)]
    }


def _manifest() -> Manifest:
    now = datetime.now(UTC)
    model, counts = EmbeddingModel("none", "0", 1), Counts(*[0] * len(Counts.__struct_fields__))
    return Manifest("benchmark", now, 2, 128, "dot", counts, {}, {}, model, now, None, {}, {})


if __name__ == "__main__":
    asyncio.run(main())
