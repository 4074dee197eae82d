"""Workers that are all taken are named, threads that merely exist are not."""

from cases import a_case, grows, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.workers_of_the_application_are_all_taken import (
    INSIDE,
    SAID,
    workers_of_the_application_are_all_taken,
)

LIMIT = {"app.threads_max": 16}


def test_as_many_inside_as_workers_is_a_finding():
    outcome = workers_of_the_application_are_all_taken(
        a_case("app", {INSIDE: ramp(16)}, limits=LIMIT)
    )
    assert isinstance(outcome, Finding)
    assert outcome.place is Place.FRONT
    assert outcome.says == "16 requests inside, 16 workers"


def test_more_inside_than_workers_is_no_limit_of_this_kind():
    outcome = workers_of_the_application_are_all_taken(
        a_case("app", {INSIDE: grows(120)}, limits=LIMIT)
    )
    assert isinstance(outcome, Cleared)


def test_its_own_words_are_enough():
    outcome = workers_of_the_application_are_all_taken(a_case("app", {SAID[0]: step(0, 3)}))
    assert isinstance(outcome, Finding)
    assert outcome.failures == 90


def test_threads_at_their_full_number_before_the_load_idle():
    signals = {"process.threads": {"java": step(200, 200)}}
    limits = {"process.threads_max": {"java": 200.0}}
    outcome = workers_of_the_application_are_all_taken(a_case("app", signals, limits=limits))
    assert isinstance(outcome, Cleared)


def test_workers_to_spare_are_cleared_with_their_number():
    outcome = workers_of_the_application_are_all_taken(
        a_case("app", {INSIDE: ramp(5)}, limits=LIMIT)
    )
    assert isinstance(outcome, Cleared)
    assert outcome.says == "5 requests inside, 16 workers"


def test_without_the_number_of_workers_it_cannot_tell():
    assert isinstance(workers_of_the_application_are_all_taken(a_case("app")), CannotTell)
    case = a_case("app", limits=LIMIT)
    assert isinstance(workers_of_the_application_are_all_taken(case), CannotTell)


def test_a_log_without_a_word_of_a_queue_tells_nothing():
    silent = {"message.app.queue_full_per_s": step(0, 0), INSIDE: grows(40)}
    outcome = workers_of_the_application_are_all_taken(a_case("app", silent))
    assert isinstance(outcome, CannotTell)
