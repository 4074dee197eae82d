"""Rule: a process runs out of open files."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import NAN, CannotTell, Cleared, Evidence, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show, times

from ._judging import Counted, cleared, counts, timing, worst

OPEN, MAX = "process.open_files", "process.open_files_max"
SAID = tuple(message(s, "too_many_open_files") for s in ("nginx", "app", "db"))
NEARLY, FULL = 0.85, 0.95  # netdata, health.d/file_descriptors.conf: warning and alarm


@rule(
    resource="file_descriptors",
    roles=("cdn", "lb", "app", "db", "cache", "queue"),
    needs=(" | ".join((OPEN, *SAID)),),
    pattern="N02",
    how_to_collect="the process's log; ls /proc/PID/fd | wc -l each second, and "
    "grep 'open files' /proc/PID/limits",
)
def process_runs_out_of_open_files(case: Case) -> Outcome:
    """A process runs out of open files.

    What it says:
        A process had as many files and sockets open as it is allowed to (ulimit -n).

    Why it matters:
        It cannot accept or open another connection. nginx then stops accepting for half a
        second at a time, so that latency rises before anything fails.

    How it decides:
        "Too many open files" in its log while the load ran, or open files held at 95 % of
        the limit. From 85 % on it is a lead. Each process is held against its own limit.

    What fools it:
        The limit of a shell is not that of a service (LimitNOFILE, worker_rlimit_nofile).

    Source:
        getrlimit(2); https://nginx.org/en/docs/ngx_core_module.html#worker_rlimit_nofile
        netdata, health.d/file_descriptors.conf
        nginx, src/event/ngx_event_accept.c (accept events are disabled on EMFILE)
    """
    said = worst(counts(case, *SAID, fewest=1))
    part, ratio = _fullest(case)
    if said is None and not ratio >= NEARLY:
        return _room(case, part)
    return case.finding(
        "file_descriptors",
        f"a process ran out of open files {times(said.total)}"
        if said
        else f"{part or 'a process'} holds {show(ratio, 'ratio')} of the files it may open",
        _place(case),
        evidence=(*([case.count(said.metric)] if said else []), *_level(case, part)),
        strength=1.0 if said else min(1.0, ratio),
        experiment=Experiment(
            do="raise the limit fourfold (LimitNOFILE, worker_rlimit_nofile, ulimit -n), restart "
            "the process, rerun at the plateau",
            if_this_is_it="the messages stop, and open files pass the old limit",
            if_not="they stop and the symptom stays, or files go on growing: a leak",
        ),
        fix="raise the limit of open files; keep connections alive; mend a leak",
        **_timing(case, said, part, ratio),
    )


def _place(case: Case) -> Place:
    """Where its failures were born; else the connections that it does not accept."""
    tier = case.tier
    return Place.INSIDE if tier is not None and tier.failures_born > 0 else Place.FRONT


def _ratio(case: Case, part: str) -> float:
    limit = case.limit(MAX, part)
    return case.held(OPEN, part) / limit.value if limit and limit.value > 0 else NAN


def _fullest(case: Case) -> tuple[str, float]:
    ratios = {p: r for p in sorted(case.signals(OPEN)) if not math.isnan(r := _ratio(case, p))}
    part = max(ratios, key=lambda p: ratios[p], default="")
    return part, ratios.get(part, NAN)


def _timing(case: Case, said: Counted | None, part: str, ratio: float) -> dict[str, object]:
    limit = case.limit(MAX, part)
    if said or limit is None:
        return timing(case, said) if said else {}
    return {
        "mechanism": ratio >= FULL,
        "onset_s": case.onset_s(OPEN, part, above=NEARLY * limit.value),
        "grows_with_load": case.grows_with_load(OPEN, part),
    }


def _level(case: Case, part: str) -> list[Evidence]:
    limit, held = case.limit(MAX, part), case.held(OPEN, part)
    if limit is None or math.isnan(held):
        return []
    who = f" by {part}" if part else ""
    return [case.note(f"{show(held)} of {show(limit.value)} files open{who}", OPEN, part, held)]


def _room(case: Case, part: str) -> Cleared | CannotTell:
    level, log = _level(case, part), counts(case, *SAID)
    if level:
        return Cleared(case.component.name, "file_descriptors", level[0].says, level[0].source)
    if log:
        return cleared(case, "file_descriptors", log, "no log says that open files ran out")
    return CannotTell(case.component.name, "file_descriptors", (MAX,))
