"""A quota that stops a container is named, bursts at idle are not."""

from cases import a_case, a_pair, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.cpu_quota_throttles_the_container import (
    RATIO,
    SECONDS,
    cpu_quota_throttles_the_container,
)


def test_periods_cut_short_are_a_finding():
    signals = {RATIO: {"api": step(0.0, 0.6)}, "cpu.cgroup_usage_cores": {"api": step(0.5, 1.99)}}
    case = a_case("app", signals, limits={"cpu.quota_cores": 2})
    outcome = cpu_quota_throttles_the_container(case)
    assert isinstance(outcome, Finding)
    assert outcome.says == "the CPU quota stops the container: 60 % of the periods of api cut short"
    assert outcome.evidence[-1].says == "the quota is 2 processors, of which 1.99 are used"


def test_a_few_periods_count_where_time_was_added():
    signals = {RATIO: {"api": step(0.0, 0.1)}}
    case = a_case("app", signals, gained_s={Place.INSIDE: 0.3})
    assert isinstance(cpu_quota_throttles_the_container(case), Finding)
    outcome = cpu_quota_throttles_the_container(a_case("app", signals))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "10 % of the periods of api cut short"


def test_bursts_at_idle_are_background():
    case = a_case("app", {RATIO: {"api": step(0.3, 0.32)}})
    assert isinstance(cpu_quota_throttles_the_container(case), Cleared)


def test_a_pair_of_readings_says_how_much_and_not_when():
    case = a_case("app")
    case.found[SECONDS] = {"api": a_pair("the_app", SECONDS, "api", 30.0)}
    outcome = cpu_quota_throttles_the_container(case)
    assert isinstance(outcome, Finding)
    assert outcome.onset_s != outcome.onset_s


def test_without_cpu_stat_it_cannot_tell():
    assert isinstance(cpu_quota_throttles_the_container(a_case("app")), CannotTell)
