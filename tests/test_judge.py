"""Who is accused, who is cleared, of whom nothing is known, and in what order."""

from __future__ import annotations

import pytest
from cases import a_case, a_run, never, ramp, step

from diagnose.case import Case, Run
from diagnose.errors import UsageError
from diagnose.judge import Judged, findings_at_generator, judge
from diagnose.model import Place
from diagnose.plugins import load

load("rules")
FULL = {"cpu.busy_ratio": ramp(0.98, 0.03)}


def a_system(signals: dict[str, dict[str, object]], run: Run | None = None) -> Run:
    """client → lb → app, with a bystander; the added time lies inside the app."""
    run = run or a_run()
    a_case("load_generator", signals.get("client"), run=run, name="client", sends_to=("lb",))
    a_case("lb", signals.get("lb"), run=run, name="lb", sends_to=("app",))
    a_case("app", signals.get("app"), run=run, name="app", gained_s={Place.INSIDE: 0.4})
    a_case("other", signals.get("mon"), run=run, name="mon")
    return run


def likely(judged: Judged) -> list[tuple[str, str]]:
    return [(s.component, s.resource) for s in judged.suspects if s.level == "likely"]


def whole_unknown(judged: Judged) -> set[str]:
    return {u.component for u in judged.unknown if u.resource == "*"}


def test_a_full_resource_where_the_time_lies_is_accused() -> None:
    judged = judge(a_system({"app": FULL}))
    assert likely(judged) == [("app", "cpu")]
    first = judged.suspects[0]
    assert (first.rank, first.explains.seconds_share) == (1, 1.0)
    assert first.for_ and first.experiment.do and first.fix


def test_a_full_resource_elsewhere_is_not() -> None:
    assert not likely(judge(a_system({"lb": FULL})))


def test_a_bystander_is_never_accused() -> None:
    judged = judge(a_system({"mon": FULL}))
    assert "mon" not in {s.component for s in judged.suspects}


def test_a_run_that_never_turned_has_no_suspect() -> None:
    assert not judge(a_system({"app": FULL}, a_run(limited=False))).suspects


def test_a_full_generator_leaves_no_server_likely() -> None:
    full = {"cpu.core_busy_ratio": {"0": ramp(0.99, 0.03)}, "cpu.busy_ratio": ramp(0.98, 0.03)}
    run = a_run()
    a_case(
        "load_generator", full, run=run, name="client", sends_to=("app",),
        gained_s={Place.FRONT: 0.4},
    )  # fmt: skip
    a_case("app", FULL, run=run, name="app", gained_s={Place.INSIDE: 0.4})
    judged = judge(run)
    assert findings_at_generator(run)
    assert {component for component, _ in likely(judged)} == {"client"}
    assert judged.suspects[0].component == "client"


def test_a_suppressed_rule_is_not_asked() -> None:
    run = a_system({"app": FULL})
    assert not likely(judge(run, suppressed=("processors-are-full",)))


def test_of_whom_nothing_was_measured_all_is_unknown_and_nothing_cleared() -> None:
    judged = judge(a_system({"app": FULL, "lb": {"cpu.busy_ratio": step(0.1, 0.2)}}))
    assert whole_unknown(judged) == {"client", "mon"}
    assert not {c.component for c in judged.cleared} & {"client", "mon"}
    assert all(u.how_to_collect for u in judged.unknown if u.resource == "*")


def test_a_signal_that_is_never_measured_clears_nothing() -> None:
    judged = judge(a_system({"lb": {"cpu.busy_ratio": never()}}))
    assert ("lb", "cpu") not in {(c.component, c.resource) for c in judged.cleared}
    assert ("lb", "cpu") in {(u.component, u.resource) for u in judged.unknown}


def test_no_resource_is_both_accused_and_cleared() -> None:
    judged = judge(a_system({"app": FULL | {"cpu.steal_ratio": step(0, 0)}}))
    accused = {(s.component, s.resource) for s in judged.suspects}
    assert not accused & {(c.component, c.resource) for c in judged.cleared}


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_components_does_not_matter(order: int) -> None:
    run = a_system({"app": FULL, "lb": FULL, "mon": FULL})
    straight = judge(run)
    cases: list[tuple[str, Case]] = list(run.cases.items())[::order]
    run.cases = dict(cases)
    again = judge(run)
    assert [s.component for s in again.suspects] == [s.component for s in straight.suspects]
    assert again.cleared == straight.cleared and again.unknown == straight.unknown


def test_a_rule_that_is_none_cannot_be_suppressed():
    with pytest.raises(UsageError, match="none of that name") as refused:
        judge(a_run(), ("processors-are-ful",))
    assert "processors-are-full" in refused.value.hint
