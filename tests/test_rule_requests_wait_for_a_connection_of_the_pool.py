"""The wait for the pool is named; what makes its uses longer speaks against it."""

from cases import a_case, a_run, ramp, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.requests_wait_for_a_connection_of_the_pool import (
    SAID,
    WAIT,
    requests_wait_for_a_connection_of_the_pool,
)


def judged(pool, db):
    run = a_run()
    case = a_case(
        "app",
        {WAIT: {"pool": pool, "db": db}},
        run=run,
        sends_to=("the_db",),
        limits={"app.pool_size": 8},
    )
    a_case("db", {"db.connections": ramp(8)}, run=run)
    return requests_wait_for_a_connection_of_the_pool(case)


def test_a_pool_that_queues_before_a_fast_database_is_a_finding():
    outcome = judged(step(0.0, 0.3), step(0.004, 0.004))
    assert isinstance(outcome, Finding)
    assert outcome.mechanism and not outcome.against
    assert outcome.says == "requests wait 300 ms more for a free connection"
    assert abs(outcome.seconds - 0.3) < 1e-9
    assert outcome.evidence[-1].says == "the_db stands at 8 connections"


def test_a_slower_database_speaks_against_it():
    outcome = judged(step(0.0, 0.3), step(0.01, 0.1))
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism and outcome.missing
    assert outcome.against[0].says.endswith("10 ms before, 100 ms after")


def test_full_processors_explain_the_queue():
    assert "cpu" in requests_wait_for_a_connection_of_the_pool.explained_by


def test_a_pool_with_room_is_cleared_with_its_numbers():
    outcome = judged(step(0.0, 0.0001), step(0.004, 0.004))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "a request waits for a connection 0 s before, 100 µs after"


def test_the_application_may_say_so_itself():
    outcome = requests_wait_for_a_connection_of_the_pool(a_case("app", {SAID: step(0, 2)}))
    assert isinstance(outcome, Finding)
    assert outcome.failures == 60


def test_without_named_waits_it_cannot_tell():
    assert isinstance(requests_wait_for_a_connection_of_the_pool(a_case("app")), CannotTell)


def test_a_log_without_a_word_of_a_pool_tells_nothing():
    silent = {"message.app.pool_exhausted_per_s": step(0, 0)}
    outcome = requests_wait_for_a_connection_of_the_pool(a_case("app", silent))
    assert isinstance(outcome, CannotTell)
