"""What a rule found is not listed as cleared, whether it became a suspect or only a note."""

from __future__ import annotations

from cases import a_case, a_run, ramp, step

from diagnose.judge import Judged, judge
from diagnose.model import Place
from diagnose.plugins import load

load("rules")


def judged_lb(signals, gained_s) -> Judged:
    run = a_run()
    a_case("load_generator", run=run, sends_to=("the_lb",))
    a_case("lb", signals, run=run, gained_s=gained_s)
    return judge(run)


def test_what_a_note_tells_is_not_cleared_by_another_rule():
    signals = {"cpu.busy_ratio": {"": ramp(0.98, 0.03)}, "cpu.steal_ratio": {"": step(0, 0)}}
    judged = judged_lb(signals, {Place.INSIDE: 0.0, Place.BEHIND: 0.4})
    assert any("98 % busy" in note for note in judged.notes)
    assert ("the_lb", "cpu") not in {(c.component, c.resource) for c in judged.cleared}


def test_what_was_folded_into_its_cause_is_not_cleared():
    lost = {"tcp.retransmits_per_s": step(0, 30), "tcp.out_segments_per_s": step(200, 200)}
    fine = {"ip.rp_filter_drops_per_s": step(0, 0)}
    judged = judged_lb({**lost, **fine, "tcp.listen_overflows_per_s": ramp(40)}, {Place.FRONT: 0.4})
    assert [s.resource for s in judged.suspects] == ["listen_backlog"]
    assert "packet_loss" not in {c.resource for c in judged.cleared}
