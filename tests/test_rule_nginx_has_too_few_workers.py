"""Few workers that are all full are named; one of several, or as many as processors, are not."""

from cases import a_case, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.nginx_has_too_few_workers import (
    PROCESS,
    PROCESSORS,
    WORKERS,
    nginx_has_too_few_workers,
)


def workers(first, second, processors=8.0):
    signals = {PROCESS: {"nginx 1": step(0, 0), "nginx 7": first, "nginx 8": second}}
    limits = {WORKERS: 2.0, PROCESSORS: processors}
    return nginx_has_too_few_workers(a_case("lb", signals, limits=limits))


def test_two_full_workers_on_eight_processors_are_a_finding():
    outcome = workers(ramp(0.99), ramp(0.98))
    assert isinstance(outcome, Finding)
    assert outcome.place is Place.INSIDE and outcome.mechanism
    assert outcome.says == "nginx has 2 workers on 8 processors, and all of them are full"


def test_one_full_worker_of_two_is_not_this():
    assert isinstance(workers(ramp(0.99), ramp(0.5)), Cleared)


def test_as_many_workers_as_processors_are_a_full_host():
    assert isinstance(workers(ramp(0.99), ramp(0.98), processors=2.0), Cleared)


def test_workers_as_busy_when_idle_are_no_effect_of_the_load():
    assert isinstance(workers(step(1, 1), step(1, 1)), Cleared)


def test_room_is_cleared_with_its_numbers():
    outcome = workers(ramp(0.4), ramp(0.3))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "2 workers on 8 processors; the busiest takes 40 % of one"


def test_without_its_processes_or_its_number_of_workers_it_cannot_tell():
    limits = {WORKERS: 2.0, PROCESSORS: 8.0}
    other = {PROCESS: {"java 4": ramp(0.99)}}
    case = a_case("lb", other, limits=limits)
    assert isinstance(nginx_has_too_few_workers(case), CannotTell)
    assert isinstance(nginx_has_too_few_workers(a_case("lb")), CannotTell)
