"""W3C trace context of requests that arrive, and of those that are sent."""

from collections.abc import MutableMapping

import httpx
from opentelemetry import context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

HEADERS = (b"traceparent", b"tracestate")

_PROPAGATOR = TraceContextTextMapPropagator()


def caller_context(headers: list[tuple[bytes, bytes]]) -> context.Context:
    """The trace of the caller.

    Without one it is empty, so that no span of this process becomes the parent.

    Args:
        headers: name and value of each of `HEADERS` in a request.
    """
    return _PROPAGATOR.extract({name.decode("latin-1"): value.decode("latin-1") for name, value in headers})


def pass_on(headers: MutableMapping[str, str]) -> None:
    """Adds the current trace, if there is one, to headers."""
    _PROPAGATOR.inject(headers)


async def pass_on_trace(request: httpx.Request) -> None:
    """Adds the current trace to a request. A hook of httpx."""
    pass_on(request.headers)
