"""Charges → ranked suspects: merged by resource, consequences folded into their causes."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

from diagnose.case import Case, Run
from diagnose.charge import LATE_S, NOTICED, PLACED, Charge, less_sure
from diagnose.model import CARRIERS, NAN, Evidence, Experiment, Explains, Place, Suspect
from diagnose.rank import Moved, rank
from diagnose.units import show

MOST_MOVED = 5
MOST_BY_SHIFT = 0.3  # confidence of what statistics alone name; no more than of any lead
_ORDINALS = ("most", "second most", "third most", "fourth most", "fifth most")


def in_order(run: Run) -> list[Case]:
    """Cases along the request's way, then by name: never by the order of files."""
    place = {name: i for i, name in enumerate(run.topology.path())}
    return sorted(
        run.cases.values(), key=lambda c: (place.get(c.component.name, 999), c.component.name)
    )


def suspects(run: Run, charges: list[Charge]) -> tuple[list[Suspect], list[str]]:
    """The ranking, and notes on findings that accuse nobody."""
    standing, notes = _standing(run, charges)
    merged = _merged(standing)
    generator = any(c.likely and _is_generator(c) for c in merged)
    causes = {id(c): _cause_of(run, c, merged) for c in merged}
    order = {case.component.name: i for i, case in enumerate(in_order(run))}

    def key(c: Charge) -> tuple[bool, bool, float, bool, int, str]:
        caused = causes[id(c)] is not None
        first = generator and _is_generator(c) and c.likely
        likely = c.likely and not caused and (first or not generator)
        return (
            not first,
            not likely,
            -round(c.score * (0.5 if caused else 1.0), 2),
            c.resource == "unexplained",
            order[c.component],
            c.rule.name,
        )

    ranked = sorted(merged, key=key)
    heads = [c for c in ranked if _head_of(c, ranked, causes) is c]
    made = []
    for place, head in enumerate(heads, start=1):
        folded = [c for c in ranked if c is not head and _head_of(c, ranked, causes) is head]
        made.append(_suspect(place, head, causes[id(head)], folded, merged, generator))
    return made, notes


def _is_generator(charge: Charge) -> bool:
    return charge.case.component.role == "load_generator"


def _standing(run: Run, charges: list[Charge]) -> tuple[list[Charge], list[str]]:
    path = set(run.topology.path())
    standing, notes = [], []
    for charge in charges:
        says = f"{charge.component}: {charge.finding.says}"
        if charge.component not in path:
            notes.append(f"{says}; but no request of the test passes {charge.component}")
        elif charge.is_placed and charge.share < NOTICED:
            notes.append(f"{says}; its place holds {show(charge.share, 'ratio')} of the symptom")
        else:
            standing.append(charge)
    return standing, notes


def _merged(charges: list[Charge]) -> list[Charge]:
    """One charge per component and resource: the strongest speaks, the others support it."""
    groups: dict[tuple[str, str], list[Charge]] = defaultdict(list)
    for charge in charges:
        groups[charge.component, charge.resource].append(charge)
    out = []
    for group in groups.values():
        group.sort(key=lambda c: (not c.likely, -c.score, c.rule.name))
        evidence = tuple(dict.fromkeys(e for c in group for e in c.finding.evidence))
        out.append(replace(group[0], finding=replace(group[0].finding, evidence=evidence)))
    return out


# -- causes and consequences -------------------------------------------------------------------
def _cause_of(run: Run, charge: Charge, all_: list[Charge]) -> Charge | None:
    """Another charge of which this one is a consequence: named by its rule, near, no later."""
    near = _near(run, charge.component)
    for other in sorted(all_, key=lambda c: (not c.likely, -c.score, c.rule.name)):
        if other is charge or other.resource not in charge.rule.explained_by:
            continue
        if other.component not in near or not other.finding.mechanism:
            continue
        if other.share < 0.5 * charge.share or charge.resource in other.rule.explained_by:
            continue
        if not other.finding.onset_s - charge.finding.onset_s > LATE_S:
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


def _head_of(charge: Charge, ranked: list[Charge], causes: dict[int, Charge | None]) -> Charge:
    """The suspect under which a charge is told: itself, or the likely one that explains it.

    A consequence goes to its cause. A lead without a mechanism goes to a suspect at the same
    component that says more: one that only names the place to any that holds as much, and
    what may be behind a likely suspect to that one.
    """
    cause = causes[id(charge)]
    if cause is not None and cause.likely and causes[id(cause)] is None:
        return cause
    if charge.finding.mechanism:
        return charge
    for other in ranked:
        beside = other.component == charge.component and other is not charge
        if beside and causes[id(other)] is None and _says_more(other, charge):
            return other
    return charge


def _says_more(other: Charge, lead: Charge) -> bool:
    if other.likely:
        return lead.resource in ("unexplained", *other.rule.explained_by)
    named = lead.resource == "unexplained" != other.resource
    return named and other.share >= lead.share > 0


# -- a charge as a suspect -----------------------------------------------------------------------
def _suspect(
    place: int,
    charge: Charge,
    cause: Charge | None,
    folded: list[Charge],
    all_: list[Charge],
    generator: bool,
) -> Suspect:
    finding = charge.finding
    against = list(charge.against)
    likely = charge.likely
    if cause is not None:
        says = f"it may be a consequence of {cause.component}: {cause.finding.says}"
        against.append(Evidence(says, ""))
        likely = False
    if generator and not _is_generator(charge):
        says = "the load generator was a limit itself: servers were not tested"
        against.append(Evidence(says, ""))
        likely = False
    return Suspect(
        place,
        finding.component,
        finding.resource,
        charge.rule.name,
        "likely" if likely else "possible",
        less_sure(_confidence(charge, likely, all_), len(against)),
        finding.says,
        charge.explains,
        finding.onset_s,
        finding.evidence,
        tuple(dict.fromkeys(against)),
        _missing(charge),
        finding.experiment,
        finding.fix,
        tuple(f"{c.component}: {c.finding.says}" for c in folded),
    )


def _missing(charge: Charge) -> tuple[str, ...]:
    missing = list(charge.missing)
    if charge.is_placed and charge.share < PLACED:
        missing.append(f"more of the symptom: its place holds {show(charge.share, 'ratio')} of it")
    if not charge.finding.mechanism:
        missing.append("a mechanism seen at work (a limit reached, a queue, a drop, a message)")
    return tuple(dict.fromkeys(missing))


def _confidence(charge: Charge, likely: bool, all_: list[Charge]) -> float:
    """A score from 0 to 1: the share explained, less what rivals explain as well.

    Not yet calibrated against a population of runs; docs/decisions/0003 says what it is.
    """
    rivals = math.fsum(c.score for c in all_ if c is not charge and c.likely)
    alone = charge.score / (charge.score + 0.5 * rivals) if charge.score else 0.0
    if likely:
        return round(min(0.95, 0.5 + 0.45 * charge.share * alone), 2)
    return round(min(0.45, 0.1 + 0.35 * charge.score * alone), 2)


# -- where rules are silent -------------------------------------------------------------------
def moved(run: Run, known: list[Suspect], symptom: tuple[str, str, str]) -> list[Suspect]:
    """Components that moved most when the symptom turned; possible, never likely."""
    path = set(run.topology.path()) if run.topology.declared else set()
    accused = {s.component for s in known}
    found = [m for m in rank(run, symptom) if m.component not in accused]
    found = [m for m in found if not path or m.component in path]
    found = [m for m in found if not _ruled_out(run, m)][:MOST_MOVED]
    most = min((s.confidence for s in known), default=MOST_BY_SHIFT)
    return [
        _moved(one, len(known) + i, _ORDINALS[i - 1], min(most, MOST_BY_SHIFT) / found[0].score)
        for i, one in enumerate(found, start=1)
    ]


def _ruled_out(run: Run, one: Moved) -> bool:
    """Whether the ladders place the symptom elsewhere, or all that moved is what users felt."""
    role = run.cases[one.component].component.role
    if role == "load_generator" and one.resource == "unexplained":
        return True
    own = (Place.FRONT, Place.INSIDE, Place.PATH)
    gains = [r.gained_s for r in run.ladder.rungs if r.held_by(one.component, *own)]
    born = [b.failures for b in run.ladder.births if b.held_by(one.component, *own)]
    rise_s, failures = run.ladder.rise_s, run.ladder.failures
    slow = bool(gains) and rise_s > 0 and math.fsum(gains) >= PLACED * rise_s
    failed = bool(born) and failures > 0 and math.fsum(born) >= PLACED * failures
    return bool(gains or born) and not (slow or failed)


def _moved(one: Moved, place: int, ordinal: str, scale: float) -> Suspect:
    return Suspect(
        place,
        one.component,
        one.resource,
        "statistical-shift",
        "possible",
        round(scale * one.score, 2),
        f"it moved {ordinal} when the symptom turned",
        Explains(NAN, NAN, NAN),
        one.onset_s,
        one.evidence,
        (),
        ("a mechanism (this is a ranking by statistics alone)",),
        Experiment(
            f"give {one.component} twice of what moved, or take half of the load off it, and run "
            "the same load again",
            "the symptom turns later or not at all",
            "the symptom turns as before: it is a bystander",
        ),
        "none is known for a shift alone",
    )
