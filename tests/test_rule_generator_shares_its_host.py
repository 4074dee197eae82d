"""A shared host that is full is a lead; with room, or with bridges alike, it is none."""

from cases import a_case, a_run, ramp, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.readings import Fact
from diagnose.rules.generator_shares_its_host import ADDRESS, BUSY, generator_shares_its_host


def judged(mine, theirs, busy=None, part="eth0"):
    run = a_run()
    signals = {} if busy is None else {BUSY: busy}
    case = a_case("load_generator", run=run, sends_to=("web",))
    web = a_case("lb", signals, run=run, name="web")
    for one, address in ((case, mine), (web, theirs)):
        if address:
            fact = Fact(ADDRESS, address, part)
            one.facts[ADDRESS] = [(fact, f"raw/{one.component.name}/ip.txt:2")]
    return generator_shares_its_host(case)


def test_a_shared_host_with_full_processors_is_a_lead():
    outcome = judged("10.0.0.5", "10.0.0.5", step(0.3, 0.97))
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.onset_s == 30
    assert outcome.says.startswith("the load generator runs on the host of web")
    assert outcome.evidence[0].source == "raw/the_load_generator/ip.txt:2"


def test_a_shared_host_with_room_is_cleared():
    outcome = judged("10.0.0.5", "10.0.0.5", ramp(0.5))
    assert isinstance(outcome, Cleared) and "busy 50 %" in outcome.says


def test_other_addresses_are_cleared():
    assert "none has an address" in judged("10.0.0.4", "10.0.0.5", step(0.3, 0.97)).says


def test_bridges_and_loopback_are_alike_everywhere():
    assert isinstance(judged("172.17.0.1", "172.17.0.1", step(0, 1), "docker0"), CannotTell)
    assert isinstance(judged("127.0.0.1", "127.0.0.1", step(0, 1)), CannotTell)


def test_without_addresses_or_processors_it_cannot_tell():
    assert isinstance(judged("", "10.0.0.5", step(0.3, 0.97)), CannotTell)
    assert judged("10.0.0.5", "10.0.0.5").missing == (BUSY,)
