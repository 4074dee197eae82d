"""The symptom that a user names: a series of a table of metrics, where no load test's result is."""

from __future__ import annotations

import difflib

from diagnose import inflect
from diagnose.case import Run
from diagnose.errors import UsageError
from diagnose.gather import Work
from diagnose.metrics import METRICS
from diagnose.model import Inflection


def asked_for(work: Work, asked: str) -> tuple[str, str, str]:
    """Component, metric and part of the symptom that the user named, or that a table names.

    Raises:
        UsageError: there is no such series.
    """
    names = {
        (table or source.folder, samples.metric, samples.part)
        for source in work.ingested.sources
        for table, series in source.reading.component.items()
        for samples in series
    }
    if not asked:
        named = sorted(n for n in names if n[1] == "symptom")
        return named[0] if named else ("", "", "")
    for component in sorted((c.name for c in work.topology.components), key=len, reverse=True):
        metric = asked.removeprefix(f"{component}.")
        found = [n for n in sorted(names) if n[:2] == (component, metric)]
        if metric != asked and (found or metric in METRICS):
            return found[0] if found else (component, metric, "")
    near = difflib.get_close_matches(asked, [f"{c}.{m}" for c, m, _ in names], n=3, cutoff=0.3)
    raise UsageError(
        f"there is no series {asked!r}",
        hint=f"did you mean {', '.join(near)}?" if near else "write it as component.metric",
    )


def turn_of(run: Run, asked: tuple[str, str, str]) -> tuple[Inflection, ...]:
    component, metric, part = asked
    signal = run.cases[component].signal(metric, part)
    if signal is None:
        raise UsageError(
            f"{component} has no readings of {metric} that could show the symptom",
            hint="name another series with --symptom component.metric",
        )
    if run.load is None and signal.metric.unit in ("s", ""):
        run.latency_s = signal.values
    name = f"{component}.{metric}"
    turn = inflect.symptom_turn(run.grid_s, signal.values, name, signal.metric.unit)
    return (turn,) if turn is not None else ()
