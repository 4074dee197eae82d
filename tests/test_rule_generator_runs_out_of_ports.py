"""Ports that ran out are named by the generator's own words; TIME_WAIT alone is a lead."""

from dataclasses import replace

from cases import a_case, a_run, grows, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.readings import LoadError
from diagnose.rules.generator_runs_out_of_ports import (
    SAID,
    WAITING,
    generator_runs_out_of_ports,
)


def test_the_message_is_a_mechanism():
    outcome = generator_runs_out_of_ports(a_case("load_generator", {SAID: step(0, 2)}))
    assert isinstance(outcome, Finding)
    assert outcome.mechanism
    assert outcome.onset_s == 30


def test_failures_are_counted_from_its_own_table():
    run = a_run()
    error = LoadError("OSError(99, 'Cannot assign requested address')", 812, line=4)
    run.load = replace(run.load, errors=(error,), source="raw/client/failures.csv")
    outcome = generator_runs_out_of_ports(a_case("load_generator", run=run))
    assert isinstance(outcome, Finding)
    assert outcome.failures == 812
    assert outcome.evidence[0].source == "raw/client/failures.csv:4"


def test_time_wait_near_the_range_is_a_lead():
    case = a_case(
        "load_generator", {WAITING: step(50, 27_000)}, limits={"net.ephemeral_ports": 28_232}
    )
    outcome = generator_runs_out_of_ports(case)
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism and outcome.missing


def test_ports_to_spare_are_cleared_with_their_number():
    outcome = generator_runs_out_of_ports(a_case("load_generator", {WAITING: grows(900)}))
    assert isinstance(outcome, Cleared)
    assert outcome.says.endswith(", of 28,232 ports")


def test_time_wait_that_was_there_before_is_cleared():
    case = a_case("load_generator", {WAITING: step(27_000, 27_500)})
    assert isinstance(generator_runs_out_of_ports(case), Cleared)


def test_without_log_and_sockets_it_cannot_tell():
    assert isinstance(generator_runs_out_of_ports(a_case("load_generator")), CannotTell)
