"""Asks every rule about every component, ranks the suspects, writes down who could not tell."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from diagnose.case import Run
from diagnose.charge import Charge, charge
from diagnose.errors import UsageError
from diagnose.model import CannotTell, Cleared, Finding, Suspect, Unknown
from diagnose.plugins import RULES, Rule
from diagnose.suspects import in_order, moved, suspects
from diagnose.uncollected import with_reasons
from diagnose.unmeasured import doubted, with_unmeasured
from diagnose.userrules import ask

WHOLE = "*"  # stands for every resource of a component
CannotTells = dict[str, list[tuple[Rule, CannotTell]]]


@dataclass(slots=True)
class Judged:
    """What the rules said of a run, put in order."""

    suspects: list[Suspect] = field(default_factory=list)
    cleared: list[Cleared] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Asked:
    charges: list[Charge] = field(default_factory=list)
    cannot: CannotTells = field(default_factory=lambda: defaultdict(list))
    broken: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))


def judge(
    run: Run, suppressed: Iterable[str] = (), symptom: tuple[str, str, str] = ("", "", "")
) -> Judged:
    """Ask all rules, and statistics where they are silent.

    Without an inflection there are no suspects. symptom: component, metric and part that
    the user named, which accuses nobody.
    """
    judged = Judged()
    asked = _ask_all(run, _known_rules(suppressed), judged)
    charges, cannot = asked.charges, asked.cannot
    if run.inflection is not None:
        judged.suspects, judged.notes = suspects(run, charges)
        if any(s.level == "likely" for s in judged.suspects):
            judged.suspects = doubted(run, judged.suspects)
        else:
            judged.suspects = with_unmeasured(run, judged.suspects)
            judged.suspects += moved(run, judged.suspects, symptom)
    judged.notes = [*judged.notes, *_broke(asked.broken)]
    judged.unknown = with_reasons(_unknown(run, cannot), run.collection)
    found = {(s.component, s.resource) for s in judged.suspects}
    found |= {(c.component, c.resource) for c in charges}  # folded into a cause, or a note
    mute = {u.component for u in judged.unknown if u.resource == WHOLE}
    judged.cleared = [
        c
        for c in judged.cleared
        if (c.component, c.resource) not in found and c.component not in mute
    ]
    return judged


def _known_rules(names: Iterable[str]) -> set[str]:
    """Rules by name, with dashes or underscores.

    Raises:
        UsageError: there is none of a name; near ones are given.
    """
    off = {name.replace("_", "-") for name in names}
    for name in sorted(off - RULES.keys()):
        near = difflib.get_close_matches(name, RULES, n=2, cutoff=0.4)
        raise UsageError(
            f"diagnose.toml suppresses the rule {name!r}, and there is none of that name",
            hint=f"did you mean {' or '.join(near)}?" if near else "run `diagnose rules` for all",
        )
    return off


def _ask_all(run: Run, off: set[str], judged: Judged) -> _Asked:
    """Ask every rule that is not switched off; what was cleared goes to `judged` at once."""
    asked = _Asked()
    for case in in_order(run):
        for name, rule in sorted(RULES.items()):
            if name in off or not rule.applies_to(case):
                continue
            outcome, broke = ask(rule, case)
            if broke:
                asked.broken[name, broke].append(case.component.name)
            if isinstance(outcome, Finding):
                asked.charges.append(charge(run, case, rule, outcome))
            elif isinstance(outcome, Cleared):
                judged.cleared.append(outcome)
            else:
                asked.cannot[case.component.name].append((rule, outcome))
    return asked


def _broke(broken: dict[tuple[str, str], list[str]]) -> list[str]:
    return [
        f"the rule {name} broke and says nothing of {', '.join(components)}: {why}"
        for (name, why), components in broken.items()
    ]


def findings_at_generator(run: Run) -> list[Finding]:
    """What the rules for load generators found, for the check of fitness."""
    found = []
    for case in in_order(run):
        if case.component.role != "load_generator":
            continue
        for _, rule in sorted(RULES.items()):
            if "load_generator" in rule.roles and rule.applies_to(case):
                outcome, _ = ask(rule, case)  # judge() tells where it broke
                if isinstance(outcome, Finding) and outcome.mechanism:
                    found.append(outcome)
    return found


def _unknown(run: Run, cannot: CannotTells) -> list[Unknown]:
    """One row a resource; one row for the whole component where nothing was measured at all.

    What cannot be collected of this database product is no gap.
    """
    out = []
    for case in in_order(run):
        name, product = case.component.name, case.fact("db.product")
        rows = [row for row in cannot.get(name, []) if _concerns(row[0], product)]
        if case.is_mute:
            nothing = ("everything: no file of this component was found",)
            how = f"`diagnose recipe {case.component.role}` on it while the load runs, and its logs"
            out.append(Unknown(name, WHOLE, nothing, how))
            continue
        groups: CannotTells = defaultdict(list)
        for rule, outcome in rows:
            groups[outcome.resource].append((rule, outcome))
        for resource, group in sorted(groups.items()):
            missing = tuple(dict.fromkeys(m for _, o in group for m in o.missing))
            mended = dict.fromkeys(o.how_to_collect for _, o in group if o.how_to_collect)
            asked = [row for row in group if not row[1].how_to_collect]
            hows = (_hints(asked, product), *mended)
            out.append(Unknown(name, resource, missing, "; ".join(h for h in hows if h)))
    return out


def _concerns(rule: Rule, product: str) -> bool:
    return not rule.how_to_collect or bool(rule.hints(product))


def _hints(rows: list[tuple[Rule, CannotTell]], product: str) -> str:
    hows = ("; ".join(rule.hints(product)) for rule, _ in rows)
    return "; ".join(how for how in dict.fromkeys(hows) if how)
