"""Asks every rule about every component, ranks the suspects, writes down who could not tell.

A suspect's rank follows the share of added seconds and failures that its place explains.
*Likely* needs the whole chain: the symptom placed at the component, a mechanism seen there,
no later than the symptom, growing with load. What is missing of it is said.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from diagnose.case import Case, Run
from diagnose.model import (
    CARRIERS,
    NAN,
    CannotTell,
    Cleared,
    Evidence,
    Experiment,
    Explains,
    Finding,
    Place,
    Suspect,
    Symptom,
    Unknown,
)
from diagnose.plugins import RULES, Rule
from diagnose.rank import rank
from diagnose.units import show

# Choices, not measurements; see docs/decisions/0003-what-makes-a-suspect.md.
PLACED = 0.25  # share of the symptom that a likely suspect's place must hold
NOTICED = 0.05  # below it a finding is a note, not a suspect
LATE_S = 5.0  # how much later than the symptom a cause may be seen, for sampling and smoothing
FAILURES_MATTER = 0.01  # share of requests


@dataclass(slots=True)
class Judged:
    """What the rules said of a run, put in order."""

    suspects: list[Suspect] = field(default_factory=list)
    cleared: list[Cleared] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Charge:
    """A finding with its rule and what it explains."""

    rule: Rule
    case: Case
    finding: Finding
    explains: Explains
    missing: tuple[str, ...]  # links of the chain that are not there
    against: tuple[Evidence, ...]

    @property
    def share(self) -> float:
        """The larger of both shares; 0 where the ladder could not be climbed."""
        shares = [self.explains.seconds_share, self.explains.failures_share]
        return max((s for s in shares if not math.isnan(s)), default=0.0)

    @property
    def likely(self) -> bool:
        return self.finding.mechanism and not self.missing and self.share >= PLACED

    @property
    def score(self) -> float:
        mechanism = 1.0 if self.finding.mechanism else 0.4
        chain = 0.8 ** len(self.missing)
        return max(self.share, 0.02) * mechanism * chain * (0.7 + 0.3 * self.finding.strength)


def judge(
    run: Run, suppressed: Iterable[str] = (), symptom: tuple[str, str, str] = ("", "", "")
) -> Judged:
    """Ask all rules, and statistics where they are silent.

    Without an inflection there are no suspects. symptom: component, metric and part that
    the user named, which accuses nobody.
    """
    judged = Judged()
    rules = [rule for name, rule in sorted(RULES.items()) if name not in set(suppressed)]
    charges: list[_Charge] = []
    cannot: dict[str, list[tuple[Rule, CannotTell]]] = defaultdict(list)
    for case in _in_order(run):
        for rule in rules:
            if not rule.applies_to(case):
                continue
            outcome = rule(case)
            if isinstance(outcome, Finding):
                charges.append(_charge(run, case, rule, outcome))
            elif isinstance(outcome, Cleared):
                judged.cleared.append(outcome)
            else:
                cannot[case.component.name].append((rule, outcome))
    _suspects(run, charges, judged)
    if run.inflection is not None and not any(s.level == "likely" for s in judged.suspects):
        judged.suspects += _moved(run, judged.suspects, symptom)
    judged.unknown = _unknown(run, cannot, charges)
    judged.cleared = _settle(judged.cleared, judged.suspects)
    return judged


def findings_at_generator(run: Run) -> list[Finding]:
    """What the rules for load generators found, for the check of fitness."""
    found = []
    for case in _in_order(run):
        if case.component.role != "load_generator":
            continue
        for _, rule in sorted(RULES.items()):
            if rule.applies_to(case) and "load_generator" in rule.roles:
                outcome = rule(case)
                if isinstance(outcome, Finding) and outcome.mechanism:
                    found.append(outcome)
    return found


def _in_order(run: Run) -> list[Case]:
    """Along the request's way, then by name: never by the order of files."""
    path = run.topology.path()
    rank = {name: i for i, name in enumerate(path)}
    return sorted(
        run.cases.values(), key=lambda c: (rank.get(c.component.name, 999), c.component.name)
    )


# -- one finding against the ladder ------------------------------------------------------------
def _charge(run: Run, case: Case, rule: Rule, finding: Finding) -> _Charge:
    explains = _explains(run, finding)
    missing, against = list(finding.missing), list(finding.against)
    placed = max(
        (s for s in (explains.seconds_share, explains.failures_share) if not math.isnan(s)),
        default=NAN,
    )
    if math.isnan(placed):
        missing.append("request times of the tiers around it, to place the symptom")
    if math.isnan(finding.onset_s):
        missing.append("when it began")
    elif run.inflection and finding.onset_s > run.symptom_by_s + LATE_S + _sampling(case, finding):
        late = finding.onset_s - run.inflection.at_s
        missing.append("a beginning before the symptom")
        against.append(Evidence(f"it began {show(late, 's')} after the symptom", ""))
    if finding.grows_with_load is False:
        missing.append("growth with the load")
        against.append(Evidence("it does not grow with the load", ""))
    elif finding.grows_with_load is None:
        missing.append("its course against the load")
    return _Charge(rule, case, finding, explains, tuple(missing), tuple(against))


def _sampling(case: Case, finding: Finding) -> float:
    """The sampling interval of the signals that the finding leans on."""
    intervals = [
        signal.interval_s
        for e in finding.evidence
        if e.metric and (signal := case.signal(e.metric, e.part)) is not None
    ]
    return max((i for i in intervals if not math.isnan(i)), default=0.0)


def _explains(run: Run, finding: Finding) -> Explains:
    """Seconds and failures of the finding's place, never more than the place gained or lost."""
    ladder = run.ladder
    places = _places(finding)
    gains = [
        r.gained_s
        for r in ladder.rungs
        if r.held_by(finding.component, *places) and not math.isnan(r.gained_s)
    ]
    seconds = max(0.0, math.fsum(gains)) if gains else NAN
    if gains and not math.isnan(finding.seconds):
        seconds = min(seconds, max(0.0, finding.seconds))
    rise = ladder.rise_s
    share = min(1.0, seconds / rise) if rise > 0 and _latency_turned(run) else NAN
    born = [b.failures for b in ladder.births if b.held_by(finding.component, *places)]
    failed_share = NAN
    if born and ladder.failures > 0 and _failures_matter(run):
        failures = math.fsum(born)
        if not math.isnan(finding.failures):
            failures = min(failures, finding.failures)
        failed_share = min(1.0, failures / ladder.failures)
    return Explains(seconds, share, failed_share)


def _places(finding: Finding) -> tuple[Place, ...]:
    return (finding.place,)


def _latency_turned(run: Run) -> bool:
    return run.ladder.rise_s > 0.1 * max(_before(run), 1e-4)


def _before(run: Run) -> float:
    from diagnose.case import mean

    return mean(run.latency_s, run.windows.before)


def _failures_matter(run: Run) -> bool:
    if run.load is None or not run.load.requests:
        return False
    return run.ladder.failures / run.load.requests >= FAILURES_MATTER


# -- all findings together ---------------------------------------------------------------------
def _suspects(run: Run, charges: list[_Charge], judged: Judged) -> None:
    if run.inflection is None:
        return
    path = set(run.topology.path())
    standing = []
    for charge in charges:
        name = charge.case.component.name
        if name not in path:
            says = f"{charge.finding.says}; but no request of the test passes {name}"
            judged.notes.append(f"{name}: {says}")
        elif _unplaced(charge):
            judged.notes.append(f"{name}: {charge.finding.says}; it holds none of the symptom")
        else:
            standing.append(charge)
    merged = _merged(standing)
    generator = [c for c in merged if c.case.component.role == "load_generator" and c.likely]
    ranked = sorted(merged, key=lambda c: _rank_key(run, c, merged, generator))
    for place, charge in enumerate(ranked, start=1):
        cause = _cause_of(run, charge, merged)
        judged.suspects.append(_suspect(place, charge, cause, merged, bool(generator)))


def _unplaced(charge: _Charge) -> bool:
    known = not (
        math.isnan(charge.explains.seconds_share) and math.isnan(charge.explains.failures_share)
    )
    return known and charge.share < NOTICED


def _merged(charges: list[_Charge]) -> list[_Charge]:
    """One charge per component and resource: the strongest speaks, the others support it."""
    groups: dict[tuple[str, str], list[_Charge]] = defaultdict(list)
    for charge in charges:
        groups[charge.finding.component, charge.finding.resource].append(charge)
    out = []
    for group in groups.values():
        group.sort(key=lambda c: (not c.likely, -c.score, c.rule.name))
        first = group[0]
        more = tuple(e for c in group[1:] for e in c.finding.evidence)
        evidence = tuple(dict.fromkeys((*first.finding.evidence, *more)))
        out.append(replace(first, finding=replace(first.finding, evidence=evidence)))
    return out


def _rank_key(
    run: Run, charge: _Charge, all_: list[_Charge], generator: list[_Charge]
) -> tuple[float, ...] | tuple[object, ...]:
    mine = charge in generator
    cause = _cause_of(run, charge, all_)
    likely = charge.likely and cause is None and (not generator or mine)
    order = [c.component.name for c in _in_order(run)]
    place = order.index(charge.case.component.name)
    return (not mine, not likely, -_score(charge, cause), place, charge.rule.name)


def _score(charge: _Charge, cause: _Charge | None) -> float:
    return charge.score * (0.5 if cause is not None else 1.0)


def _cause_of(run: Run, charge: _Charge, all_: list[_Charge]) -> _Charge | None:
    """Another charge of which this one is a consequence: named by its rule, near, no later."""
    near = _near(run, charge.case.component.name)
    for other in sorted(all_, key=lambda c: (-c.score, c.rule.name)):
        if other is charge or other.finding.resource not in charge.rule.explained_by:
            continue
        if other.finding.component not in near or not other.finding.mechanism:
            continue
        if other.share < 0.5 * charge.share or charge.finding.resource in other.rule.explained_by:
            continue
        late = other.finding.onset_s - charge.finding.onset_s
        if not (late > LATE_S):
            return other
    return None


def _near(run: Run, name: str) -> set[str]:
    """A component, its neighbours, and whoever stands behind a carrier."""
    near, todo = {name}, [name]
    known = {c.name: c for c in run.topology.components}
    while todo:
        here = todo.pop()
        for other in (*known[here].sends_to, *run.topology.senders(here)):
            if other in known and other not in near:
                near.add(other)
                if known[other].role in CARRIERS:
                    todo.append(other)
    return near


def _suspect(
    rank: int, charge: _Charge, cause: _Charge | None, all_: list[_Charge], generator: bool
) -> Suspect:
    finding = charge.finding
    against = list(charge.against)
    likely = charge.likely
    if cause is not None:
        whose = f"{cause.finding.component}'s {cause.finding.resource}"
        against.append(Evidence(f"it may be a consequence of {whose}: {cause.finding.says}", ""))
        likely = False
    if generator and charge.case.component.role != "load_generator":
        against.append(
            Evidence("the load generator was a limit itself: servers were not tested", "")
        )
        likely = False
    missing = list(charge.missing)
    if charge.share < PLACED and not missing:
        missing.append(f"more of the symptom: its place holds {show(charge.share, 'ratio')} of it")
    if not finding.mechanism:
        missing.append("a mechanism seen at work (a limit reached, a queue, a drop, a message)")
    return Suspect(
        rank,
        finding.component,
        finding.resource,
        charge.rule.name,
        "likely" if likely else "possible",
        _confidence(charge, likely, all_),
        finding.says,
        charge.explains,
        finding.onset_s,
        finding.evidence,
        tuple(dict.fromkeys(against)),
        tuple(dict.fromkeys(missing)),
        finding.experiment,
        finding.fix,
    )


def _confidence(charge: _Charge, likely: bool, all_: list[_Charge]) -> float:
    """A score from 0 to 1: the share explained, less what rivals explain as well.

    Not yet calibrated against a population of runs; docs/decisions/0003 says what it is.
    """
    rivals = math.fsum(c.score for c in all_ if c is not charge and c.likely)
    alone = charge.score / (charge.score + 0.5 * rivals) if charge.score else 0.0
    if likely:
        return round(min(0.95, 0.5 + 0.45 * charge.share * alone), 2)
    return round(min(0.45, 0.1 + 0.35 * charge.score * alone), 2)


# -- where rules are silent -----------------------------------------------------------------
MOST_MOVED = 5


def _moved(run: Run, known: list[Suspect], symptom: tuple[str, str, str]) -> list[Suspect]:
    """Components that moved most when the symptom turned; possible, never likely."""
    path = set(run.topology.path()) if run.topology.declared else set()
    accused = {s.component for s in known}
    moved = [m for m in rank(run, symptom) if m.component not in accused]
    moved = [m for m in moved if not path or m.component in path][:MOST_MOVED]
    top = moved[0].score if moved else 1.0
    out = []
    for place, one in enumerate(moved, start=len(known) + 1):
        out.append(
            Suspect(
                place,
                one.component,
                one.resource,
                "statistical-shift",
                "possible",
                round(0.3 * one.score / top, 2),
                f"it moved {_ORDINALS.get(place - len(known), 'less')} when the symptom turned",
                Explains(NAN, NAN, NAN),
                one.onset_s,
                one.evidence,
                (),
                ("a mechanism (this is a ranking by statistics alone)",),
                Experiment(
                    f"give {one.component} twice of what moved, or take half of the load off it, "
                    "and run the same load again",
                    "the symptom turns later or not at all",
                    "the symptom turns as before: it is a bystander",
                ),
                "none is known for a shift alone",
            )
        )
    return out


_ORDINALS = {1: "most", 2: "second most", 3: "third most"}


# -- who is cleared, and of whom nothing is known ------------------------------------------------
def _settle(cleared: list[Cleared], suspects: list[Suspect]) -> list[Cleared]:
    """No resource is both cleared and suspected."""
    accused = {(s.component, s.resource) for s in suspects}
    return [c for c in cleared if (c.component, c.resource) not in accused]


def _unknown(
    run: Run, cannot: dict[str, list[tuple[Rule, CannotTell]]], charges: list[_Charge]
) -> list[Unknown]:
    """One row a resource; one row for the whole component where nothing was measured at all."""
    out = []
    for case in _in_order(run):
        name = case.component.name
        rows = cannot.get(name, [])
        if not case.found and not case.statements:
            hows = tuple(
                dict.fromkeys(rule.how_to_collect for rule, _ in rows if rule.how_to_collect)
            )
            nothing = ("everything: no file of this component was found",)
            out.append(Unknown(name, "*", nothing, "; ".join(hows[:4])))
            continue
        groups: dict[str, list[tuple[Rule, CannotTell]]] = defaultdict(list)
        for rule, outcome in rows:
            groups[outcome.resource].append((rule, outcome))
        for resource, group in sorted(groups.items()):
            missing = tuple(dict.fromkeys(m for _, o in group for m in o.missing))
            hows = tuple(dict.fromkeys(r.how_to_collect for r, _ in group if r.how_to_collect))
            out.append(Unknown(name, resource, missing, "; ".join(hows)))
    return out


def symptom_words(run: Run) -> str:
    """The symptom in words, for the verdict's sentence."""
    turn = run.inflection
    if turn is None:
        return "nothing turned"
    before, after = show(turn.before, turn.unit), show(turn.after, turn.unit)
    if turn.label:
        return f"{turn.label} went from {before} to {after}"
    if turn.symptom is Symptom.LATENCY:
        return f"response times rose from {before} to {after}"
    if turn.symptom is Symptom.FAILURES:
        return f"failures rose from {before} to {after} of all requests"
    return f"throughput stopped following users at {before}"
