"""The seams: how a collector, a rule and a report announce themselves, and are found.

Each is one file in its folder. Nothing else is edited to add one: the folder is the list.
Other installed packages announce theirs by entry points (installed.py).
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from diagnose.admission import (
    file_of,
    refuse_path_import,
    refuse_second,
    refuse_strange_words,
)
from diagnose.badlines import BadLines
from diagnose.case import Case, Run
from diagnose.fetches import Fetch, Series
from diagnose.installed import Announced, announced
from diagnose.model import CannotTell, Cleared, Diagnosis, Outcome
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading

Check: TypeAlias = Callable[[Case], Outcome]
Parse: TypeAlias = Callable[[RawFile, BadLines], Reading]
Recognizes: TypeAlias = Callable[[Head], float]
Write: TypeAlias = Callable[[Diagnosis, Run, Path], None]

GIVES = ("series", "percentiles", "errors", "users", "routes", "clock")  # of a load test's result
PRODUCTS = ("MySQL", "PostgreSQL")  # that a hint may be for, said before a colon


@dataclass(frozen=True, slots=True)
class Collector:
    """A source: how to tell it by its content, and how to read it.

    recognizes answers from 0 (not mine) to 1 (certainly mine); the highest wins.
    first: it is read before the others, for what they need of it (log formats, zones).
    generic: it infers a format from the lines, and is asked only where no other is sure.
    fetch: what `diagnose collect` and `diagnose recipe` ask a host for, to be read by it.
    series: what `diagnose collect` asks a Prometheus server for.
    tool: the load tool that writes it; best: that tool's command line that tells most;
    gives: what of GIVES can be known from this format.
    """

    kind: str
    title: str
    recognizes: Recognizes
    parse: Parse
    role: str = ""  # what a component with such a file most likely is
    first: bool = False
    generic: bool = False
    version: int = 1
    fetch: tuple[Fetch, ...] = ()
    tool: str = ""
    best: str = ""
    gives: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()

    @property
    def doc(self) -> str:
        return inspect.getdoc(inspect.getmodule(self.parse)) or ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A check, with what the catalogue and the judge must know of it.

    needs: metric, limit or fact names ("statements" for a slow log); "a | b" is satisfied
    by either. roles: whom it judges, empty for every role; where_measured: a component of
    another role that has what the rule needs is judged as well. explained_by: resources
    whose finding at the same component, or at one in front of it or behind it, makes this
    finding a consequence. origin: "" if it is ours, else the file or the package it came with.
    product: the one balancer that it is about; where another one runs it has no business.
    """

    name: str  # the function's name with dashes: "lb-holds-the-request"
    resource: str
    roles: tuple[str, ...]
    needs: tuple[str, ...]
    check: Check
    pattern: str = ""
    how_to_collect: str = ""
    explained_by: tuple[str, ...] = ()
    where_measured: bool = False
    origin: str = ""
    product: str = ""

    @property
    def doc(self) -> str:
        return inspect.getdoc(self.check) or ""

    @property
    def title(self) -> str:
        """The first sentence of its page."""
        return self.doc.partition("\n")[0]

    def hints(self, product: str = "") -> tuple[str, ...]:
        """How to collect what it needs, without what is for another database product.

        `MySQL: one; PostgreSQL: two` is one hint for each; MySQL's is MariaDB's as well.
        """
        hints = [hint for hint in self.how_to_collect.split("; ") if hint]
        if not product:
            return tuple(hints)
        mine = "PostgreSQL" if product == "PostgreSQL" else "MySQL"
        heads = {hint: hint.partition(": ")[0] for hint in hints}
        return tuple(
            hint.removeprefix(f"{mine}: ")
            for hint in hints
            if heads[hint] not in PRODUCTS or heads[hint] == mine
        )

    def applies_to(self, case: Case) -> bool:
        """Whether this component is one that the rule judges."""
        if self.product and balancer(case) not in ("", self.product):
            return False
        if not self.roles or case.component.role in self.roles:
            return True
        return self.where_measured and not self.missing(case)

    def missing(self, case: Case) -> tuple[str, ...]:
        """The needs that nobody measured here."""
        return tuple(need for need in self.needs if not _met(need, case))

    def __call__(self, case: Case) -> Outcome:
        missing = self.missing(case)
        if missing:
            return CannotTell(case.component.name, self.resource, missing)
        outcome = self.check(case)
        if not isinstance(outcome, Cleared):
            return outcome
        halves = tuple(f"{need}, up to the end" for need in self.needs if _broke_off(need, case))
        if halves:  # what was measured for a part of the time acquits nobody
            return CannotTell(case.component.name, outcome.resource, halves)
        return outcome if outcome.source else replace(outcome, source=case.sources(*self.names))

    @property
    def names(self) -> tuple[str, ...]:
        """Every metric, limit and fact that its needs name."""
        return tuple(name.strip() for need in self.needs for name in need.split("|"))


def balancer(case: Case) -> str:
    """Which balancer's own files a component has: "HAProxy", "nginx", "" for none or both."""
    haproxy, nginx = case.has("haproxy.version"), case.has("nginx.worker_connections")
    return "" if haproxy == nginx else "HAProxy" if haproxy else "nginx"


def _met(need: str, case: Case) -> bool:
    return any(case.has(name.strip()) for name in need.split("|"))


def _broke_off(need: str, case: Case) -> bool:
    known = [name.strip() for name in need.split("|") if case.has(name.strip())]
    return bool(known) and all(case.broke_off(name) for name in known)


@dataclass(frozen=True, slots=True)
class Report:
    """A format that a diagnosis can be written in."""

    name: str
    suffix: str
    write: Write


COLLECTORS: dict[str, Collector] = {}
RULES: dict[str, Rule] = {}
REPORTS: dict[str, Report] = {}
WINGS = ("collectors", "rules", "reports")
_TAKEN: set[Announced] = set()


def collector(
    *,
    kind: str,
    title: str,
    recognizes: Recognizes,
    role: str = "",
    first: bool = False,
    generic: bool = False,
    version: int = 1,
    fetch: tuple[Fetch, ...] = (),
    tool: str = "",
    best: str = "",
    gives: tuple[str, ...] = (),
    series: tuple[Series, ...] = (),
) -> Callable[[Parse], Parse]:
    """Register the decorated parser."""

    def register(parse: Parse) -> Parse:
        refuse_path_import(parse, "collectors")
        if kind in COLLECTORS:
            refuse_second("collector", kind, COLLECTORS[kind].parse, parse)
        COLLECTORS[kind] = Collector(
            kind,
            title,
            recognizes,
            parse,
            role,
            first,
            generic,
            version,
            fetch,
            tool,
            best,
            gives,
            series,
        )
        return parse

    return register


def rule(
    *,
    resource: str,
    roles: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    pattern: str = "",
    how_to_collect: str = "",
    explained_by: tuple[str, ...] = (),
    where_measured: bool = False,
    product: str = "",
) -> Callable[[Check], Rule]:
    """Register the decorated check; its file and its function bear one name."""

    def register(check: Check) -> Rule:
        refuse_path_import(check, "rules")
        refuse_strange_words(check, resource, roles, needs, explained_by)
        file = check.__module__.rpartition(".")[2]
        if file != check.__name__:
            raise ImportError(f"{check.__module__}: name the check {file}, as its file")
        made = Rule(
            check.__name__.replace("_", "-"),
            resource,
            roles,
            needs,
            check,
            pattern,
            how_to_collect,
            explained_by,
            where_measured,
            "" if check.__module__.startswith("diagnose.rules.") else str(file_of(check)),
            product,
        )
        if made.name in RULES:
            refuse_second("rule", made.name, RULES[made.name].check, check)
        RULES[made.name] = made
        return made

    return register


def report(*, name: str, suffix: str) -> Callable[[Write], Write]:
    """Register the decorated writer."""

    def register(write: Write) -> Write:
        refuse_path_import(write, "reports")
        if name in REPORTS:
            refuse_second("report", name, REPORTS[name].write, write)
        REPORTS[name] = Report(name, suffix, write)
        return write

    return register


def best_command(tool: str) -> str:
    """The command line of a load tool that tells most; "" where no collector names one.

    "jmeter report" is of JMeter.
    """
    for name in (tool, tool.partition(" ")[0]):
        named = (c.best for c in COLLECTORS.values() if c.tool.casefold() == name.casefold())
        if best := next((best for best in named if best), ""):
            return best
    return ""


def load(folder: str) -> None:
    """Import every module of diagnose.<folder>, so that each announces itself.

    Then those that other installed packages have for it. One that is broken is left out whole,
    with a sentence in installed.BROKEN.
    """
    _import_ours(folder)
    for plug_in in announced(folder):
        if plug_in not in _TAKEN:
            _TAKEN.add(plug_in)
            for wing in WINGS:  # a name of ours is ours, whatever is asked for first
                _import_ours(wing)
            _take_in(plug_in)


def _import_ours(wing: str) -> None:
    package = importlib.import_module(f"diagnose.{wing}")
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        importlib.import_module(f"{package.__name__}.{found.name}")


def _take_in(plug_in: Announced) -> None:
    registries: tuple[dict[str, Any], ...] = (COLLECTORS, RULES, REPORTS)
    collectors, rules, reports = before = [dict(registry) for registry in registries]
    try:
        plug_in.load()
    except (Exception, SystemExit) as error:
        for registry, kept in zip(registries, before, strict=True):
            registry.clear()
            registry.update(kept)
        plug_in.left_out(error)
        return
    for name in RULES.keys() - rules.keys():
        RULES[name] = replace(RULES[name], origin=f"{plug_in.package}, {plug_in.module}")
    for kind in COLLECTORS.keys() - collectors.keys():
        claims = plug_in.guarded(COLLECTORS[kind].recognizes)
        COLLECTORS[kind] = replace(COLLECTORS[kind], recognizes=claims)
    for name in REPORTS.keys() - reports.keys():
        REPORTS[name] = replace(REPORTS[name], write=plug_in.writing(REPORTS[name].write))
