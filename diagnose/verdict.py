"""The verdict, and the one sentence that says it."""

from __future__ import annotations

import math
import re

import numpy as np

from diagnose import fitness, loadwords
from diagnose.case import Run, weighted
from diagnose.charge import FAILURES_MATTER
from diagnose.loadfitness import missed_its_rate, stood_still, too_coarse
from diagnose.model import Fitness, Inflection, Suspect, Symptom
from diagnose.readings import Flags
from diagnose.units import show

WORTH_SAYING = 0.05  # a smaller share is left out of the sentence
LARGE = 0.25  # a stretch that holds less is not named
MOST_NAMED = 3
MUCH_SLOWER = 2.0  # times the mean of the first half: no acquittal, turn or not (a choice)


def verdict_of(run: Run, checks: tuple[Fitness, ...], suspects: list[Suspect]) -> str:
    """bottleneck, no_bottleneck, or insufficient_evidence (a guess is no verdict)."""
    if run.load is None and run.inflection is None:
        return "insufficient_evidence"
    if run.load is not None and any(fitness.unfit(checks)):
        return "insufficient_evidence"
    if run.inflection is None:
        held_back = _generator_limit(checks) or fitness.failed_from_the_start(checks)
        return (
            "insufficient_evidence" if held_back or not _acquitted(run, checks) else "no_bottleneck"
        )
    likely = any(s.level == "likely" for s in suspects)
    return "bottleneck" if likely else "insufficient_evidence"


def _is_bare(run: Run) -> bool:
    """Whether the load is known in whole only: one summary, and no course in time."""
    return run.steps is None and not np.isfinite(run.throughput_per_s).any()


def _acquitted(run: Run, checks: tuple[Fitness, ...]) -> bool:
    """Whether the load was raised, its course is known, and nothing turned."""
    if run.steps is not None:
        return loadwords.followed(run.steps) and missed_its_rate(checks) is None
    known = _load_is_known(run) and not stood_still(checks) and missed_its_rate(checks) is None
    known = known and too_coarse(checks) is None
    return known and not _came_and_went(run)


def sentence(run: Run, verdict: str, suspects: list[Suspect], checks: tuple[Fitness, ...]) -> str:
    """What a person reads first."""
    if run.load is None and run.inflection is None:
        return (
            "There is no load test result and no access log, so no symptom can be told "
            "(a table of metrics needs --symptom component.metric)."
        )
    if run.load is not None and run.inflection is None and loadwords.mostly_failed(run.load):
        return loadwords.mostly_failed(run.load)
    if run.load is not None and _is_bare(run):
        return loadwords.summary_alone(run.load, checks)
    for failed in fitness.unfit(checks):
        return f"The run cannot be judged: {failed.says}."
    if run.inflection is None:
        return _without_a_turn(run, checks)
    symptom = _symptom(run)
    likely = [s for s in suspects if s.level == "likely"]
    if likely:
        return f"{_accused(run, likely[:MOST_NAMED])}. {symptom}."
    where = _where(run)
    if suspects:
        first = _first_to_look_at(run, suspects)
        lead = f"{first.component} ({_bare(first)})"
        return f"{symptom}{where}; why cannot be told for sure. First to look at: {lead}."
    return f"{symptom}{where}; {loadwords.whose_limit(run)}."


def _first_to_look_at(run: Run, suspects: list[Suspect]) -> Suspect:
    """The first that has a large part of what turned: slow responses are not failed ones."""
    turn = run.inflection
    if turn is None or turn.symptom is not Symptom.LATENCY:
        return suspects[0]
    holders = (s for s in suspects if s.explains.seconds_share >= LARGE)
    return next(holders, suspects[0])


def _accused(run: Run, likely: list[Suspect]) -> str:
    """Who, and what of the symptom lies there; a stretch that several share is told once."""
    shared = math.fsum(_known(s.explains.seconds_share) for s in likely) > 1.05
    named = "; ".join(f"{s.component}: {_bare(s)}{_explained(s, not shared)}" for s in likely)
    where = _where(run)
    return f"{named}{where}, where they stand" if shared and where else named


def _known(share: float) -> float:
    return 0.0 if math.isnan(share) else share


def _where(run: Run) -> str:
    """The stretch of the way that holds most of the added time, or of the failures."""
    if run.inflection is not None and run.inflection.symptom is Symptom.FAILURES:
        return _where_failures(run)
    rise = run.ladder.rise_s
    rungs = [r for r in run.ladder.rungs if r.gained_s >= LARGE * rise > 0]
    if not rungs:
        return ""
    top = max(rungs, key=lambda r: r.gained_s)
    return f"; {show(min(1.0, top.gained_s / rise), 'ratio')} of the added time is {top.name}"


def _where_failures(run: Run) -> str:
    whole = run.ladder.failures
    births = [b for b in run.ladder.births if b.failures >= LARGE * whole > 0]
    if not births:
        return ""
    top = max(births, key=lambda b: b.failures)
    return f"; {show(min(1.0, top.failures / whole), 'ratio')} of the failures began {top.name}"


def _bare(suspect: Suspect) -> str:
    """What it says, without an explanation in brackets at its end."""
    return re.sub(r" \([^()]*\)$", "", suspect.says)


def _load_is_known(run: Run) -> bool:
    """A server's log cannot say what users waited for, lost, or would have sent."""
    return run.load is not None and bool(run.load.tool) and run.load.timed


def _generator_limit(checks: tuple[Fitness, ...]) -> Fitness | None:
    limits = (c for c in checks if c.check == "load_generator_saturated" and c.ok is False)
    return next(limits, None)


def _without_a_turn(run: Run, checks: tuple[Fitness, ...]) -> str:
    assert run.load is not None
    reached = f"{show(run.load.throughput_max_per_s, '1/s')}{_users(run.load.users_max)}"
    if fitness.failed_from_the_start(checks):
        return (
            f"The run tells little of what load does: {_failed(run)}, from the first on. "
            "Mend that, and run it again."
        )
    limit = _generator_limit(checks)
    if limit is not None:
        return f"The servers were not tested beyond {reached}: {limit.says}."
    short = _too_little_told(run, checks, reached)
    if short:
        return short
    if _came_and_went(run):
        return (
            f"Up to {reached} nothing turned for good, yet {_came_and_went(run)}: look at the "
            "single stalls, and at what every host did just then."
        )
    if stood_still(checks):
        return (
            f"The load stood at {reached} from first to last, and nothing turned: whether that is "
            "a limit, only a second level of load can tell."
        )
    return (
        f"No bottleneck: throughput followed the load up to {reached}, "
        f"and neither response times nor failures turned.{_failed_all_along(run)}"
    )


def _too_little_told(run: Run, checks: tuple[Fitness, ...], reached: str) -> str:
    """Why what the tool tells of the load acquits nobody; "" where it does."""
    assert run.load is not None
    if run.steps is not None and not loadwords.followed(run.steps):
        return loadwords.levels_alone(run)
    missed = missed_its_rate(checks)
    if missed is not None and (run.steps is not None or _load_is_known(run)):
        return f"{loadwords.capital(missed.says)}; nothing turned in time."
    if run.steps is None and not _load_is_known(run):
        return loadwords.log_alone(run.load, reached, checks)
    coarse = too_coarse(checks)
    if coarse is not None and not _came_and_went(run):
        return f"Up to {reached} nothing was seen to turn, but {coarse.says}."
    return ""


def _came_and_went(run: Run) -> str:
    """Slowness in spikes that no fit takes for a turn, where it doubled the mean all the same."""
    before, after = (_mean_latency_s(run, when) for when in (run.windows.before, run.windows.after))
    if not after >= MUCH_SLOWER * before:
        return ""
    return (
        f"responses took {show(after, 's')} in the second half of the load and "
        f"{show(before, 's')} in the first"
    )


def _mean_latency_s(run: Run, when: Flags) -> float:
    return weighted(run.latency_s, run.throughput_per_s, when)


def _failed_all_along(run: Run) -> str:
    """Failures that were there at any load: worth a word, and nobody's limit."""
    assert run.load is not None
    if not run.load.requests or not run.load.failures >= FAILURES_MATTER * run.load.requests:
        return ""
    return f" But {_failed(run)}, at any load alike: that is a fault, not a limit."


def _failed(run: Run) -> str:
    assert run.load is not None
    share = show(run.load.failures / max(run.load.requests, 1), "ratio")
    top = max(run.ladder.births, key=lambda b: b.failures, default=None)
    named = top is not None and top.failures >= 0.5 * run.load.failures
    where = f" ({show(top.failures)} of them {top.name})" if top is not None and named else ""
    return f"{share} of all requests failed{where}"


def _symptom(run: Run) -> str:
    """Levels of load tell more than the moment at which they were reached."""
    turn = run.inflection
    assert turn is not None
    says = loadwords.knee_says(run.steps) if run.steps is not None else ""
    if says:
        return loadwords.capital(says)
    at = f"{show(turn.at_s, 's')} in"
    if not math.isnan(turn.throughput_per_s):
        at = f"{show(turn.throughput_per_s, '1/s')}{_users(turn.users)}, {at}"
    return f"At {at}, {_words(turn)}"


def _words(turn: Inflection) -> str:
    before, after = show(turn.before, turn.unit), show(turn.after, turn.unit)
    if turn.label:
        return f"{turn.label} went from {before} to {after}"
    if turn.symptom is Symptom.LATENCY:
        return f"response times rose from {before} to {after}"
    if turn.symptom is Symptom.FAILURES:
        return f"failures rose from {before} to {after} of all requests"
    return f"throughput stopped following users at {before}"


def _explained(suspect: Suspect, time_too: bool) -> str:
    told = [(suspect.explains.failures_share, "failures")]
    if time_too:
        told.insert(0, (suspect.explains.seconds_share, "added time"))
    shares = [
        f"{show(share, 'ratio')} of the {what}" for share, what in told if share >= WORTH_SAYING
    ]
    verb = "lies" if shares and shares[-1].endswith("time") else "lie"
    return f" ({' and '.join(shares)} {verb} there)" if shares else ""


def _users(users: float) -> str:
    return "" if math.isnan(users) else f" and {show(users)} users"
