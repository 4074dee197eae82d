"""report.md: the short version, to paste into an issue."""

from __future__ import annotations

import re
from pathlib import Path

from diagnose.case import Run
from diagnose.model import Diagnosis, Evidence, Suspect
from diagnose.plugins import report
from diagnose.units import show

from . import collecting, load_levels, tables
from .groups import by_component, careful, cleared_resources, gaps
from .phrases import (
    VERDICTS,
    clean,
    explains,
    onset,
    period,
    response_times,
    sentence,
    spoken,
    turned,
    volume,
)
from .tables import Table

IN_FULL = 3  # suspects told with all their evidence (a choice)
MOST_GAPS = 8  # commands that would tell more (a choice)
# An underscore within a word is no emphasis, and names are full of them.
_SPECIAL = re.compile(r"([\\`*{}\[\]<>|~#&!]|(?<!\w)_|_(?!\w))")


@report(name="md", suffix=".md")
def markdown(diagnosis: Diagnosis, run: Run, path: Path) -> None:
    """Write it."""
    path.write_text(text(diagnosis), encoding="utf-8")


def text(d: Diagnosis) -> str:
    """The whole of it."""
    blocks = [
        f"## {VERDICTS.get(d.verdict, d.verdict)}: {plain(d.run)}",
        f"**{plain(sentence(d.sentence))}**",
        *_about(d),
        *_fitness(d),
        *_titled("Suspects", [_suspect(d, s) for s in d.suspects]),
        *_titled(load_levels.TITLE, _table(_levels(d))),
        *_titled("Where requests and failures went", _table(tables.tiers(d))),
        *_titled("Where the added time went", _table(_gaining(d))),
        *_titled("Cleared", _cleared(d)),
        *_titled("Unknown", _unknown(d)),
        *_titled("Not collected", _not_collected(d)),
        *_collected(d),
        f"diagnose {plain(d.tool_version)}",
    ]
    return "\n\n".join(blocks) + "\n"


def plain(words: str) -> str:
    r"""Text that Markdown takes as it stands.

    >>> plain("a*b* <script> [x](y) #1")
    'a\\*b\\* \\<script\\> \\[x\\](y) \\#1'
    """
    return _SPECIAL.sub(r"\\\1", clean(words))


def code(words: str) -> str:
    """A path or a command as code, whatever backticks it holds.

    >>> code("a.log:3"), code("a`b")
    ('`a.log:3`', '`` a`b ``')
    """
    words = clean(words)
    if "`" not in words:
        return f"`{words}`"
    fence = "`" * (1 + max(len(run) for run in re.findall("`+", words)))
    return f"{fence} {words} {fence}"


def _about(d: Diagnosis) -> list[str]:
    if d.load is None:
        return []
    said = [f"{volume(d.load)}.", f"Response time: {response_times(d.load)}."]
    said += [f"From {period(d.load)}."] if period(d.load) else []
    said += [f"Turned at {turned(i)}." for i in d.inflections[:1]]
    return [plain(" ".join(said))]


def _fitness(d: Diagnosis) -> list[str]:
    warned = "\n".join(f"- {plain(says)}" for _, says in careful(d))
    return [warned] if warned else []


def _titled(title: str, blocks: list[str]) -> list[str]:
    return [f"### {title}", "\n".join(blocks)] if blocks else []


def _suspect(d: Diagnosis, s: Suspect) -> str:
    name = f"**{plain(s.component)} · {plain(spoken(s.resource))}**"
    lines = [f"{s.rank}. {name} ({s.level}, {show(s.confidence, 'ratio')}): {plain(s.says)}"]
    facts = (("explains", explains(s.explains)), ("since", onset(s, d)))
    lines += [f"   - {label} {plain(said)}" for label, said in facts if said]
    if s.rank <= IN_FULL:
        lines += [_observed("for", e) for e in s.for_] + [
            _observed("against", e) for e in s.against
        ]
        lines += [f"   - missing: {plain(m)}" for m in s.missing]
    e = s.experiment
    lines.append(f"   - **next: {plain(e.do)}**")
    lines.append(f"     if this is it: {plain(e.if_this_is_it)}; if not: {plain(e.if_not)}")
    return "\n".join([*lines, f"   - fix: {plain(s.fix)}"] if s.fix else lines)


def _observed(label: str, e: Evidence) -> str:
    return f"   - {label}: {plain(e.says)}" + (f" ({code(e.source)})" if e.source else "")


def _gaining(d: Diagnosis) -> Table:
    """Rungs that gained time, without how they were computed."""
    t = tables.rungs(d)
    gained = {r.name for r in d.ladder.rungs if r.gained_s > 0.01 * d.ladder.rise_s > 0}
    rows = tuple(row[:5] for row in t.rows if row[0] in gained)
    return Table(t.title, t.columns[:5], rows)


def _levels(d: Diagnosis) -> Table:
    """Levels of load, without when they were and where that stands."""
    t = load_levels.levels(d)
    kept = [i for i, c in enumerate(t.columns) if c.kind == "number" or c.head == "remark"]
    columns = tuple(t.columns[i] for i in kept)
    return Table(t.title, columns, tuple(tuple(row[i] for i in kept) for row in t.rows))


def _table(t: Table) -> list[str]:
    if not t.rows:
        return []
    t = t.trimmed()
    rules = ["---:" if c.kind == "number" else "---" for c in t.columns]
    rows = [[_cell(c.kind, text) for c, text in zip(t.columns, row, strict=True)] for row in t.rows]
    return [f"| {' | '.join(row)} |" for row in ([c.head for c in t.columns], rules, *rows)]


def _cell(kind: str, words: str) -> str:
    return code(words).replace("|", "\\|") if kind == "code" and words else plain(words)


def _cleared(d: Diagnosis) -> list[str]:
    groups = by_component(d.cleared, d)
    return [f"- {plain(name)}: {', '.join(cleared_resources(rows, d))}" for name, rows in groups]


def _unknown(d: Diagnosis) -> list[str]:
    found = gaps(d)
    told = [
        f"- {', '.join(g.resources)} at {plain(', '.join(g.components))}: {plain(g.how)}"
        for g in found[:MOST_GAPS]
    ]
    more = len(found) - MOST_GAPS
    return [*told, f"- and {more} more in report.html"] if more > 0 else told


def _not_collected(d: Diagnosis) -> list[str]:
    found = collecting.failed(d)
    told = [f"- {plain(says)}" for says in found[:MOST_GAPS]]
    more = len(found) - MOST_GAPS
    return [*told, f"- and {more} more in report.html"] if more > 0 else told


def _collected(d: Diagnosis) -> list[str]:
    told = " ".join(text for text in (collecting.summary(d), sentence(collecting.cost(d))) if text)
    return [plain(told[0].upper() + told[1:])] if told else []
