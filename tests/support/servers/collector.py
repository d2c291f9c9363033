"""A real HTTP server that receives traces and metrics over OTLP."""

import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """Stores every span sent to `/v1/traces` and each latest metric sent to `/v1/metrics`.

    Attributes:
        attempts: number of requests that began.
        answered: number of requests that were answered.
        answering: while it is not set, requests hang.
        status: status of all answers.
        service_of: name of the process that sent a span, by its id.
    """

    def __init__(self) -> None:
        self.attempts = self.answered = 0
        self.answering = threading.Event()
        self.answering.set()
        self.status = 200
        self.spans: list[Span] = []
        self.metrics: dict[str, Metric] = {}
        self.services: set[str] = set()
        self.service_of: dict[bytes, str] = {}
        kept = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                kept.attempts += 1
                kept.answering.wait()
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                known = {"/v1/traces": kept.take, "/v1/metrics": kept.measure}.get(self.path)
                self.send_response(kept.status if known else 404)
                self.end_headers()
                if known and kept.status == 200:
                    known(body)
                kept.answered += 1

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def measure(self, body: bytes) -> None:
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for scope in resource.scope_metrics:
                self.metrics.update({metric.name: metric for metric in scope.metrics})

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            attributes = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
            self.services.add(attributes["service.name"])
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
                self.service_of |= {span.span_id: attributes["service.name"] for span in scope.spans}

    def way_to(self, span: Span) -> list[str]:
        """The spans from the root to this one, as `service: name`."""
        by_id = {each.span_id: each for each in self.spans if each.trace_id == span.trace_id}
        way = [span]
        while way[0].parent_span_id in by_id:
            way.insert(0, by_id[way[0].parent_span_id])
        return [f"{self.service_of[each.span_id]}: {each.name}" for each in way]

    def stop(self) -> None:
        self.answering.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
