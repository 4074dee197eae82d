"""Sessions that hold transactions open are a lead where the application waits for them."""

from cases import a_case, a_run, ramp, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.transactions_stand_open_and_idle import (
    ALL,
    IDLE,
    transactions_stand_open_and_idle,
)


def sessions(idle, all_of_them, pool=None):
    run = a_run()
    waits = {"pool": step(0.0, 0.3) if pool is None else pool}
    a_case("app", {"http.wait_s": waits}, run=run, sends_to=("the_db",))
    case = a_case("db", {IDLE: idle, ALL: all_of_them}, run=run)
    return transactions_stand_open_and_idle(case)


def test_most_sessions_idle_in_a_transaction_while_the_pool_is_waited_for_are_a_lead():
    outcome = sessions(ramp(16), step(20, 20))
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism and outcome.missing
    assert outcome.says == "16 of 20 sessions are idle in a transaction"
    assert any(e.component == "the_app" for e in outcome.evidence)


def test_where_nobody_waits_longer_it_does_not_matter():
    assert isinstance(sessions(ramp(16), step(20, 20), pool=step(0.01, 0.01)), Cleared)


def test_sessions_left_open_before_the_load_are_no_effect_of_it():
    assert isinstance(sessions(step(16, 16), step(20, 20)), Cleared)


def test_few_of_many_sessions_are_cleared_and_nothing_measured_is_not():
    assert isinstance(sessions(ramp(5), step(60, 60)), Cleared)
    assert isinstance(sessions(ramp(2), step(3, 3)), Cleared)
    assert isinstance(transactions_stand_open_and_idle(a_case("db")), CannotTell)
