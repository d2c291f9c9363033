import pytest

from adapters.catalog import CatalogContractViolation, CatalogUnavailable, CircuitBreaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def fail(breaker: CircuitBreaker) -> None:
    with pytest.raises(CatalogUnavailable, match="down"), breaker.call():
        raise CatalogUnavailable("down")


def succeed(breaker: CircuitBreaker) -> None:
    with breaker.call():
        pass


def refused(breaker: CircuitBreaker) -> CatalogUnavailable:
    reached = False
    with pytest.raises(CatalogUnavailable, match="not called for now") as raised, breaker.call():
        reached = True
    assert not reached
    return raised.value


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(failures_to_open=3, open_seconds=10, clock=clock)


def test_circuit_opens_after_consecutive_failures(breaker: CircuitBreaker) -> None:
    fail(breaker)
    fail(breaker)
    succeed(breaker)
    fail(breaker)
    fail(breaker)
    assert breaker.state == "closed"
    fail(breaker)
    assert breaker.state == "open"
    error = refused(breaker)
    assert error.retry_after == 10
    assert not error.transient


def test_contract_violation_does_not_open_the_circuit(breaker: CircuitBreaker) -> None:
    for _ in range(5):
        with pytest.raises(CatalogContractViolation), breaker.call():
            raise CatalogContractViolation("HTML")
    assert breaker.state == "closed"


def test_successful_trial_closes_the_circuit(breaker: CircuitBreaker, clock: Clock) -> None:
    for _ in range(3):
        fail(breaker)
    clock.now += 10
    assert breaker.state == "half-open"
    succeed(breaker)
    assert breaker.state == "closed"
    succeed(breaker)


def test_failed_trial_starts_another_pause(breaker: CircuitBreaker, clock: Clock) -> None:
    for _ in range(3):
        fail(breaker)
    clock.now += 10
    fail(breaker)
    clock.now += 9.9
    refused(breaker)
    clock.now += 0.1
    succeed(breaker)
    assert breaker.state == "closed"


def test_half_open_circuit_admits_one_trial_at_a_time(breaker: CircuitBreaker, clock: Clock) -> None:
    for _ in range(3):
        fail(breaker)
    clock.now += 10
    with breaker.call():
        refused(breaker)
    succeed(breaker)


def test_cancelled_trial_admits_another_trial(breaker: CircuitBreaker, clock: Clock) -> None:
    for _ in range(3):
        fail(breaker)
    clock.now += 10
    with pytest.raises(KeyboardInterrupt), breaker.call():
        raise KeyboardInterrupt
    assert breaker.state == "half-open"
    succeed(breaker)
    assert breaker.state == "closed"


def test_calls_from_before_the_opening_do_not_extend_the_pause(breaker: CircuitBreaker, clock: Clock) -> None:
    def call_that_outlives_the_opening() -> None:
        with breaker.call():
            for _ in range(3):
                fail(breaker)
            clock.now += 9
            raise CatalogUnavailable("late")

    with pytest.raises(CatalogUnavailable, match="late"):
        call_that_outlives_the_opening()
    clock.now += 1
    succeed(breaker)
