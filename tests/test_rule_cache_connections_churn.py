"""Connections opened ever more often are a lead; one for each request from the start is not."""

from cases import a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.cache_connections_churn import COMMANDS, OPENED, cache_connections_churn


def churn(opened, commands):
    return cache_connections_churn(a_case("cache", {OPENED: opened, COMMANDS: commands}))


def test_more_connections_for_each_command_than_before_are_a_lead():
    outcome = churn(step(10, 300), step(500, 600))
    assert isinstance(outcome, Finding)
    assert not outcome.mechanism and outcome.missing


def test_an_application_without_a_pool_opens_as_many_from_the_start():
    assert isinstance(churn(step(250, 300), step(500, 600)), Cleared)


def test_a_monitor_at_an_idle_cache_is_too_little():
    assert isinstance(churn(step(0, 1), step(1, 2)), Cleared)


def test_a_pool_is_cleared_with_its_number_and_nothing_measured_is_not():
    outcome = churn(step(1, 2), step(500, 600))
    assert isinstance(outcome, Cleared)
    assert "connections opened for each command" in outcome.says
    assert isinstance(churn(step(1, 2), step(0, 0)), CannotTell)
    assert isinstance(cache_connections_churn(a_case("cache")), CannotTell)
