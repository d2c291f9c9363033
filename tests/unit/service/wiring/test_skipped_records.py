from opentelemetry.metrics import NoOpMeter
from structlog.testing import capture_logs

from adapters.catalog import ReadReport, Rejection
from adapters.telemetry import ServiceMetrics
from service.wiring.skipped_records import RejectionLog


def report(*numbers: int) -> ReadReport:
    return ReadReport("product", 5, tuple(Rejection(f"product '{number}'", "broken") for number in numbers))


def test_each_rejected_record_is_logged_once_and_at_most_ten_a_minute() -> None:
    now = 0.0
    log = RejectionLog(ServiceMetrics(NoOpMeter("test")), clock=lambda: now)
    with capture_logs() as lines:
        for _ in range(3):
            log(report(1, 2))
        assert [line["record"] for line in lines] == ["product '1'", "product '2'"]
        log(report(*range(100)))
        assert len(lines) == 10
        now = 60.0
        log(report(*range(100)))
        assert len({line["record"] for line in lines}) == len(lines) == 20
