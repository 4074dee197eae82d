"""Drops and standing queues under load are found; drops by design are not."""

from cases import a_case, a_pair, ramp, step

from diagnose.model import CannotTell, Cleared, Finding, Place
from diagnose.rules.sending_queue_drops_packets import (
    BACKLOG,
    DROPPED,
    OVERLIMITS,
    SENT,
    TX_DROPPED,
    sending_queue_drops_packets,
)


def judged(role="router", gained_s=None, **signals):
    parts = {m: {"eth1": v} for m, v in signals.items()}
    return sending_queue_drops_packets(a_case(role, parts, gained_s=gained_s))


def test_drops_that_grow_are_a_mechanism():
    outcome = judged(**{DROPPED: step(0, 40), SENT: ramp(1000, 10)})
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.PATH
    assert outcome.says == "eth1 dropped 1,200 packets before sending, 4 % of what it sent"


def test_a_hosts_queue_hurts_on_the_side_whose_time_grew():
    gained = {Place.FRONT: 0.0, Place.BEHIND: 0.3}
    outcome = judged("lb", gained, **{DROPPED: step(0, 40), SENT: ramp(1000, 10)})
    assert outcome.place is Place.BEHIND


def test_a_standing_queue_behind_a_shaper_needs_no_drops():
    outcome = judged(**{DROPPED: step(0, 0), BACKLOG: step(0, 60), OVERLIMITS: step(0, 500)})
    assert isinstance(outcome, Finding) and outcome.says == "60 packets wait at eth1 for its shaper"


def test_a_queue_seen_now_and_then_is_no_finding():
    outcome = judged(**{DROPPED: step(0, 0), BACKLOG: step(0, 2), OVERLIMITS: step(0, 500)})
    assert isinstance(outcome, Cleared) and outcome.says == "no packet was dropped before sending"


def test_steady_and_few_drops_are_cleared():
    assert "background" in judged(**{DROPPED: step(5, 5), SENT: ramp(1000)}).says
    assert "too few" in judged(**{TX_DROPPED: step(0, 1), "nic.tx_packets_per_s": ramp(9e4)}).says


def test_an_undated_pair_is_a_lead_or_no_answer():
    case = a_case("router")
    case.found[SENT] = {"eth1": a_pair("the_router", SENT, "eth1", 1e5)}
    for total, kind in ((4000, Finding), (40, CannotTell)):
        case.found[DROPPED] = {"eth1": a_pair("the_router", DROPPED, "eth1", total)}
        outcome = sending_queue_drops_packets(case)
        assert isinstance(outcome, kind) and not getattr(outcome, "mechanism", False)


def test_without_counters_it_cannot_tell():
    assert isinstance(judged(), CannotTell)
