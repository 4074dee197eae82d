"""Row locks are named by their seconds, a few waits are not."""

from cases import THROUGHPUT, a_case, a_pair, a_run, step

from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.rows_are_waited_for import COUNT, SAID, WAITED, rows_are_waited_for

LATE = THROUGHPUT * step(0, 1)


def judged(signals, at_db=0.25):
    run = a_run()
    waits = {"db": step(0.01, at_db)}
    a_case("app", {"http.wait_s": waits}, run=run, sends_to=("the_db",))
    return rows_are_waited_for(a_case("db", signals, run=run))


def test_seconds_of_waiting_are_a_finding():
    outcome = judged({WAITED: 0.2 * LATE, COUNT: 0.5 * LATE})
    assert isinstance(outcome, Finding)
    assert outcome.says == "a request waits 200 ms for row locks"
    assert outcome.onset_s == 30 and outcome.grows_with_load


def test_a_timeout_explains_its_failures_and_no_seconds():
    outcome = judged({SAID[0]: step(0, 1), WAITED: step(0, 0)})
    assert isinstance(outcome, Finding)
    assert outcome.failures == 30 and outcome.seconds == 0


def test_a_wait_or_two_are_cleared_with_their_number():
    outcome = judged({WAITED: step(0, 0.002), COUNT: step(0, 0.05)})
    assert isinstance(outcome, Cleared)
    assert outcome.says.startswith("waits for a row lock: 1.5 while the load ran")


def test_no_wait_at_all_is_cleared():
    assert isinstance(judged({message("db", "deadlock"): step(0, 0), COUNT: step(0, 0)}), Cleared)


def test_without_lock_figures_it_cannot_tell():
    assert isinstance(rows_are_waited_for(a_case("db")), CannotTell)


def test_a_pair_of_readings_says_how_much_and_not_when():
    run = a_run()
    a_case("app", {"http.wait_s": {"db": step(0.01, 0.25)}}, run=run, sends_to=("the_db",))
    case = a_case("db", run=run)
    case.found[WAITED] = {"": a_pair("the_db", WAITED, "", 900.0)}
    outcome = rows_are_waited_for(case)
    assert isinstance(outcome, Finding)
    assert outcome.says == "a request waits 150 ms for row locks"
    assert outcome.onset_s != outcome.onset_s
