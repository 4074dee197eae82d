"""What report.typ shows, as strings and lists of strings."""

from __future__ import annotations

import unicodedata
from typing import Any, TypeAlias

from diagnose.case import Run
from diagnose.model import Diagnosis, Evidence, Suspect
from diagnose.units import show

from . import collecting, load_levels, tables
from .drawing import Figure
from .figures import Figures
from .groups import alike, by_component, careful, cleared_resources, gaps, passed
from .phrases import (
    VERDICTS,
    bound,
    explains,
    onset,
    period,
    response_times,
    scaling,
    sentence,
    spoken,
    turned,
    volume,
)
from .tables import Column, Table

Json: TypeAlias = dict[str, Any]
MANY_CLEARED = 30  # more than these are told by name only (a choice)
LINE = 105  # letters that fit on a line of a table
LONG = 16  # a column with longer words than this may be broken
MOST_ROWS = 40  # of a table; report.html has more


def content(d: Diagnosis, run: Run, drawn: Figures) -> Json:
    """All of it; none and empty lists where there is nothing to show."""
    found = {
        "title": f"{d.run}: {VERDICTS.get(d.verdict, d.verdict)}",
        "run": d.run,
        "verdict": d.verdict,
        "label": VERDICTS.get(d.verdict, d.verdict),
        "sentence": sentence(d.sentence),
        "about": _about(d),
        "warnings": [],
        "fitness": _fitness(d),
        "suspects": [_suspect(d, s, drawn) for s in d.suspects],
        "way_notes": list(d.ladder.notes),
        "turned": _load_in_words(d),
        "cleared": _cleared(d),
        "unknown": [
            {"what": ", ".join(g.resources), "where": ", ".join(g.components), "how": g.how}
            for g in gaps(d)
        ],
        "statistics": f"Response time: {response_times(d.load)}." if d.load else "",
        "collected": _collected(d),
        "notes": list(d.notes),
        **_drawings(drawn),
        **_tables(d, run),
    }
    shown: Json = _bound(found)
    return shown


def _about(d: Diagnosis) -> list[str]:
    if d.load is None:
        return [d.run]
    tool = f", {d.load.tool}" if d.load.tool else ""
    return [d.run, volume(d.load) + tool, *([when] if (when := period(d.load)) else [])]


def _fitness(d: Diagnosis) -> list[tuple[str, str]]:
    words = {"!": "failed", "?": "not sure"}
    rows = [(words[mark], says) for mark, says in careful(d)]
    return [*rows, ("passed", passed(d))] if passed(d) else rows


def _suspect(d: Diagnosis, s: Suspect, drawn: Figures) -> Json:
    facts = (("explains", explains(s.explains)), ("since", onset(s, d)), ("rule", s.rule))
    return {
        "rank": s.rank,
        "name": f"{s.component} · {spoken(s.resource)}",
        "level": s.level,
        "confidence": show(s.confidence, "ratio"),
        "says": s.says,
        "facts": [fact for fact in facts if fact[1]],
        "for": [_evidence(e) for e in s.for_],
        "against": [_evidence(e) for e in s.against],
        "missing": [{"says": text, "source": ""} for text in s.missing],
        "do": s.experiment.do,
        "yes": s.experiment.if_this_is_it,
        "no": s.experiment.if_not,
        "fix": s.fix,
        "also": "; ".join(s.also),
        "plots": [_drawing(f) for f in drawn.suspects.get(s.rank, ())],
    }


def _evidence(e: Evidence) -> Json:
    return {"says": e.says, "source": e.source}


def _drawing(figure: Figure) -> Json:
    return {"file": f"{figure.name}.svg", "title": figure.title, "says": figure.says}


def _drawings(drawn: Figures) -> Json:
    named = {"ladder": drawn.ladder, "load": drawn.load, "knee": drawn.knee}
    return {name: _drawing(figure) if figure else None for name, figure in named.items()}


def _cleared(d: Diagnosis) -> list[Json]:
    groups = by_component(d.cleared, d)
    if len(d.cleared) > MANY_CLEARED:
        return [{"name": n, "says": ", ".join(cleared_resources(c, d))} for n, c in groups]
    return [{"name": n, "says": [(spoken(c.resource), c.says) for c in cs]} for n, cs in groups]


def _collected(d: Diagnosis) -> list[str]:
    lines = sum(s.lines for s in d.sources)
    bad = sum(s.unreadable for s in d.sources)
    whole = f"{len(d.sources):,} files with {lines:,} lines were read; {bad:,} lines could not be."
    nobody = f"No collector knows {', '.join(alike(d.unrecognized))}." if d.unrecognized else ""
    told = (collecting.summary(d), whole, sentence(collecting.cost(d)), nobody)
    return [text for text in told if text]


def _tables(d: Diagnosis, run: Run) -> Json:
    """Rows as they are; of the sources those with something to remark."""
    sources = tables.sources(d)
    odd = tuple(r for r in sources.rows if r[-1] or r[-2] != "0")
    return {
        "births": _table(tables.births(d)),
        "tiers": _table(tables.tiers(d)),
        "levels": _table(load_levels.levels(d)),
        "onsets": _table(tables.onsets(d, run)),
        "capacity": _table(tables.capacity(d), titled=False),
        "routes": _table(tables.routes(d), titled=False),
        "errors": _table(tables.errors(d)),
        "statements": _table(tables.statements(d)),
        "sources": _table(Table("Files with remarks", sources.columns, odd)),
        "hosts": _table(collecting.hosts(d)),
        "uncollected": _table(collecting.uncollected(d)),
    }


def _table(t: Table, *, titled: bool = True) -> Json | None:
    if not t.rows:
        return None
    t = t.trimmed()
    rows = t.rows[:MOST_ROWS]
    columns = [
        {"head": c.head, "kind": c.kind, "share": share}
        for c, share in zip(t.columns, _shares(t.columns, rows), strict=True)
    ]
    more = [[f"and {len(t.rows) - MOST_ROWS:,} more", *[""] * (len(columns) - 1)]]
    shown = [list(r) for r in rows] + (more if len(t.rows) > MOST_ROWS else [])
    return {"title": t.title if titled else "", "columns": columns, "rows": shown}


def _shares(columns: tuple[Column, ...], rows: tuple[tuple[str, ...], ...]) -> list[int | None]:
    """Of the room that is left, how much a column gets; None: as much as it needs."""
    longest = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    if sum(longest) + 3 * len(columns) <= LINE:
        return [None] * len(columns)
    return [
        None if c.kind == "number" or n <= LONG else min(n, 3 * LONG)
        for c, n in zip(columns, longest, strict=True)
    ]


def _bound(thing: Any) -> Any:
    """The same with every text's numbers bound to their units."""
    if isinstance(thing, str):
        return bound(thing)
    if isinstance(thing, dict):
        return {key: _bound(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [_bound(value) for value in thing]
    return thing


def wide_letters(text: str) -> bool:
    """Whether a text has letters of China, Japan or Korea.

    >>> wide_letters("備考"), wide_letters("Müller → 3 µs")
    (True, False)
    """
    return any(unicodedata.east_asian_width(c) in "WF" for c in text if ord(c) > 0x2E7F)


def _load_in_words(d: Diagnosis) -> str:
    said = [f"Turned at {turned(d.inflections[0])}."] if d.inflections else []
    law = scaling(d)
    return " ".join([*said, f"With users: {law}."] if law else said)
