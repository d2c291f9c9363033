"""Shoppers for Locust that catch every KeyboardInterrupt, as Locust does while it adds shoppers."""

import contextlib
import sys
import time
from pathlib import Path

from locust import FastHttpUser, LoadTestShape, constant, events, task

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from loadtests import settings
from loadtests.monitor import RunMonitor

RunMonitor(settings.read()).attach(events)


class OneShopper(LoadTestShape):
    """Lasts longer than any test."""

    def tick(self) -> tuple[int, float]:
        """One shopper."""
        return 1, 1.0


class Busy(FastHttpUser):
    """Its own code runs nearly all the time."""

    wait_time = constant(0)

    @task
    def work(self) -> None:
        """Calls the service, then keeps the processor busy."""
        with contextlib.suppress(KeyboardInterrupt):
            self.client.get("/v1/popular")
            until = time.monotonic() + 0.1
            while time.monotonic() < until:
                pass
