"""Rule: the load generator is short of processor time."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._cpu import BUSY, FULL, PER_PROCESS
from ._generator import servers_hold_it
from ._levels import (
    comes_with_load,
    earliest,
    first_message_s,
    messages,
    stays_above,
    steady,
)

SAID = (
    message("generator", "cpu_high"),
    message("generator", "heartbeat_missed"),
    message("generator", "reports_late"),
)
# Locust looks at its processor time every ten seconds before it warns (runners.py).
LOOKS_EVERY_S = 10.0

TRY = Experiment(
    do="twice the workers (one a processor, on a second host if need be), the same users",
    if_this_is_it="throughput rises and the servers' own times stay as they are",
    if_not="the same throughput: the generator is honest, look behind it",
)


@rule(
    resource="cpu",
    roles=("load_generator",),
    needs=(" | ".join((BUSY, *SAID)),),
    pattern="G01",
    how_to_collect="sar -u ALL -P ALL 1 on the generator; the logs of its master and workers",
)
def generator_processors_are_full(case: Case) -> Outcome:
    """The load generator is short of processor time.

    What it says:
        The generator's own log says that its processors are too busy, that a worker was
        silent or late, or its host was at least 90 % busy after the inflection.

    Why it matters:
        A generator that is late measures itself: response times grow and throughput stands
        still while every server idles. Nothing else should be accused before.

    How it decides:
        Its own words count most ("CPU usage above 90%"), then 90 % busy for a third of the
        time after the inflection or longer. Against it: time that was added behind the
        first tier, which the generator cannot cause.

    What fools it:
        A warning while workers start or stop; a job beside it on the same host, busy before
        the load already (it cannot tell). Locust warns for one process at 90 % of one core:
        the host may look idle. The warning comes up to ten seconds late.

    Source:
        https://docs.locust.io/en/stable/running-distributed.html; locust/runners.py
        (CPU_WARNING_THRESHOLD = 90, looked at every 10 s)
        https://grafana.com/docs/k6/latest/testing-guides/running-large-tests/ (80 % at most)
    """
    name, said = case.component.name, messages(case, *SAID)
    full = stays_above(case, BUSY, FULL)
    if not said and full and steady(case, BUSY):
        return CannotTell(name, "cpu", (PER_PROCESS,))
    if not said and not full:
        held = f"{show(case.held(BUSY), 'ratio')} busy" if case.has(BUSY) else ""
        silent = "no warning of its own" if any(case.has(m) for m in SAID) else ""
        return Cleared(name, "cpu", "; ".join(s for s in (held, silent) if s))
    return case.finding(
        "cpu",
        _says(case, said, full),
        Place.FRONT,
        evidence=(*said, *((case.rise(BUSY),) if case.has(BUSY) else ())),
        experiment=TRY,
        fix="more workers or hosts for the generator, a faster client, less work in the script",
        onset_s=_onset_s(case),
        grows_with_load=_grows(case, said),
        against=servers_hold_it(case),
    )


def _says(case: Case, said: list[Evidence], full: bool) -> str:
    busy = f"the load generator's processors are {show(case.held(BUSY), 'ratio')} busy"
    return busy if full or not said else "the load generator says that it is short of processors"


def _onset_s(case: Case) -> float:
    first = first_message_s(case, *SAID)
    return earliest(first - LOOKS_EVERY_S, case.onset_s(BUSY, above=FULL))


def _grows(case: Case, said: list[Evidence]) -> bool | None:
    known = [case.grows_with_load(BUSY), *(comes_with_load(case, e.metric) for e in said)]
    return True if True in known else known[0]
