"""The diagnosis as people first see it: text for a terminal, the verdict first."""

from __future__ import annotations

from pathlib import Path

from diagnose.case import Run
from diagnose.model import Diagnosis, Evidence, Suspect
from diagnose.plugins import report
from diagnose.units import show

from .collecting import cost, failed
from .groups import (
    alike,
    by_component,
    careful,
    cleared_resources,
    first_gaps,
    passed,
    unknown_resources,
)
from .load_levels import TITLE
from .pen import Pen, columns
from .phrases import (
    VERDICTS,
    explains,
    onset,
    period,
    response_times,
    sentence,
    spoken,
    volume,
)
from .terminal_strips import birth_lines, curve_lines, ladder_lines, level_lines, tier_lines

WIDEST = 110  # lines of prose longer than this are hard to follow (a choice)
NARROWEST = 72  # the widest table without its bars
IN_FULL = 3  # suspects told with all their evidence; the reports tell all (a choice)
MANY_CLEARED = 30  # more than these are told by name only (a choice)
HANG = 24  # columns before a text beside a name
MANY_FAILED = 8  # files that could not be collected (a choice)
FIRST_GAPS = 4  # commands named; report.html has them all, and so has `diagnose recipe`
LABEL = 10  # columns of "against", "missing", …
FILE_WIDTH = 100


@report(name="text", suffix=".txt")
def text(diagnosis: Diagnosis, run: Run, path: Path) -> None:
    """Write what the terminal shows, without colours."""
    path.write_text(render(diagnosis, run, colour=False, width=FILE_WIDTH), encoding="utf-8")


def render(d: Diagnosis, run: Run, *, colour: bool, width: int, ascii: bool = False) -> str:
    """The whole diagnosis as lines of at most `width` columns."""
    pen = Pen(colour, max(NARROWEST, width), ascii)
    blocks = (
        _verdict(pen, d),
        _fitness(pen, d),
        _suspects(pen, d),
        _titled(pen, TITLE, level_lines(pen, d)),
        _titled(pen, "Where requests and failures went", tier_lines(pen, d)),
        _titled(pen, "Where the added time went", ladder_lines(pen, d)),
        _titled(pen, "Where requests began to fail", birth_lines(pen, d)),
        _titled(pen, "The load", curve_lines(pen, d, run)),
        _titled(pen, "Cleared: measured, with room left", _cleared(pen, d)),
        _titled(pen, "Unknown: not measured", _unknown(pen, d)),
        _titled(pen, "Not read", _not_read(pen, d)),
        _titled(pen, "Not collected", _not_collected(pen, d)),
        _titled(pen, "Notes", _notes(pen, d)),
    )
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def accepts_utf8(encoding: str | None) -> bool:
    """Whether a stream of this encoding can carry the bars and the sparklines.

    >>> accepts_utf8("utf-8"), accepts_utf8("ascii"), accepts_utf8("latin-1"), accepts_utf8(None)
    (True, False, False, False)
    """
    try:
        "▁█▏·→–µ".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _titled(pen: Pen, title: str, lines: list[str]) -> list[str]:
    return [pen.style(pen.text(title), "strong"), *lines] if lines else []


def _prose(pen: Pen, text: str, indent: int = 2, style: str = "", first: str = "") -> list[str]:
    """A wrapped paragraph; `first` stands in the margin of its first line."""
    lines = pen.wrap(text, min(pen.width, WIDEST) - indent)
    margins = [pen.left(first, indent), *[" " * indent] * len(lines)]
    return [m + pen.style(line, style) for m, line in zip(margins, lines, strict=False)]


def _verdict(pen: Pen, d: Diagnosis) -> list[str]:
    style = {"bottleneck": "alarm", "no_bottleneck": "good"}.get(d.verdict, "mark")
    word = pen.style(VERDICTS.get(d.verdict, d.verdict).upper(), style)
    run = pen.clipped(pen.text(d.run), pen.width - 24)
    lines = [f"{word}  {pen.style(run, 'quiet')}"]
    lines += _prose(pen, sentence(d.sentence), 0, "strong")
    if d.load:
        tool = f" ({d.load.tool})" if d.load.tool else ""
        about = (volume(d.load) + tool, response_times(d.load), period(d.load))
        lines += ["", *(line for text in about for line in _prose(pen, text, 0, "quiet"))]
    return lines


def _fitness(pen: Pen, d: Diagnosis) -> list[str]:
    warned = careful(d)
    if not warned:
        return []
    lines = [line for mark, says in warned for line in _prose(pen, says, 4, "", f"  {mark}")]
    lines += _prose(pen, passed(d), 4, "quiet")
    return _titled(pen, "Before you trust this run", lines)


def _suspects(pen: Pen, d: Diagnosis) -> list[str]:
    if not d.suspects:
        return []
    title = "Suspect" if len(d.suspects) == 1 else "Suspects, the most likely first"
    blocks = ["\n".join(_suspect(pen, d, s)) for s in d.suspects]
    return _titled(pen, title, ["\n\n".join(blocks)])


def _suspect(pen: Pen, d: Diagnosis, s: Suspect) -> list[str]:
    level = pen.text(f"{s.level} · {show(s.confidence, 'ratio')}")
    room = min(pen.width, WIDEST) - 5 - len(level)
    resource = pen.text(f" · {spoken(s.resource)}")
    name = pen.clipped(pen.text(s.component), room - len(resource)) + resource
    quiet = "mark" if s.level == "likely" else "quiet"
    heading = f"{s.rank:>2}  {pen.style(pen.left(name, room), 'strong')} {pen.style(level, quiet)}"
    parts = (("explains", explains(s.explains)), ("since", onset(s, d)))
    lines = [heading, *_prose(pen, s.says, 4)]
    lines += [line for label, text in parts for line in _labelled(pen, label, text)]
    if s.rank > IN_FULL:
        return lines + _labelled(pen, "next", s.experiment.do)
    lines += _observed(pen, "for", s.for_) + _observed(pen, "against", s.against)
    lines += _labelled(pen, "missing", "; ".join(s.missing))
    lines += _labelled(pen, "next", s.experiment.do)
    lines += _labelled(pen, "", f"if this is it: {s.experiment.if_this_is_it}")
    lines += _labelled(pen, "", f"if not: {s.experiment.if_not}")
    lines += _labelled(pen, "fix", s.fix)
    return lines + [line for text in s.also for line in _labelled(pen, "also", text)]


def _labelled(pen: Pen, label: str, text: str) -> list[str]:
    """A wrapped text with its label in the margin; nothing if the text is empty."""
    lines = _prose(pen, text, 4 + LABEL) if text else []
    margin = "    " + pen.style(pen.left(label, LABEL), "quiet")
    return [margin + line[4 + LABEL :] if i == 0 else line for i, line in enumerate(lines)]


def _observed(pen: Pen, label: str, seen: tuple[Evidence, ...]) -> list[str]:
    """Each observation, and quietly where it was read: beside it, or on a line of its own."""
    lines: list[str] = []
    for i, e in enumerate(seen):
        room = min(pen.width, WIDEST) - 4 - LABEL
        says = pen.wrap(e.says, room)
        source = pen.wrap(e.source, room)
        if says and len(source) == 1 and len(says[-1]) + 2 + len(source[0]) <= room:
            says[-1] += "  " + pen.style(source.pop(), "quiet")
        block = says + [pen.style(line, "quiet") for line in source]
        margin = pen.style(pen.left("" if i else label, LABEL), "quiet")
        lines += ["    " + (margin if j == 0 else " " * LABEL) + b for j, b in enumerate(block)]
    return lines


def _cleared(pen: Pen, d: Diagnosis) -> list[str]:
    """A line each; where they are many, the names of the resources only."""
    lines = []
    groups = by_component(d.cleared, d)
    hang = min(HANG, 4 + max((columns(name) for name, _ in groups), default=0))
    for component, things in groups:
        name = pen.clipped(pen.text(component), pen.width - 2)
        if len(d.cleared) > MANY_CLEARED:
            resources = ", ".join(cleared_resources(things, d))
            lines += _hung(pen, name, resources, indent=2, hang=hang)
            continue
        lines.append("  " + name)
        for c in things:
            lines += _hung(pen, spoken(c.resource), c.says)
    return lines


def _unknown(pen: Pen, d: Diagnosis) -> list[str]:
    rows = by_component(d.unknown, d)
    hang = min(HANG, 4 + max((columns(name) for name, _ in rows), default=0))
    lines = []
    for name, things in rows:
        lines += _hung(pen, name, ", ".join(unknown_resources(things, d)), 2, hang)
    if d.verdict != "insufficient_evidence":
        return lines
    first = first_gaps(d)[:FIRST_GAPS]
    head = "To collect first, for the place that holds the symptom:"
    lines += _prose(pen, head, 2) if first else []
    for gap in first:
        lines += _prose(pen, f"{', '.join(gap.resources)} at {', '.join(gap.components)}", 4)
        lines += _prose(pen, gap.how, 8, "quiet", pen.text("      →"))
    return lines


def _hung(pen: Pen, head: str, text: str, indent: int = 4, hang: int = HANG) -> list[str]:
    """A short name in the margin and a quiet text beside it, or below a longer name."""
    first = " " * indent + pen.text(head)
    if columns(first) < hang:
        return _prose(pen, text, hang, "quiet", first)
    return [*_prose(pen, head, indent), *_prose(pen, text, hang, "quiet")]


def _not_read(pen: Pen, d: Diagnosis) -> list[str]:
    lines = []
    for s in d.sources:
        if s.error:
            lines += _prose(pen, f"{s.path}: {s.error}", 4, "", "  !")
        elif s.unreadable:
            told = f"{s.path}: {s.unreadable:,} of {s.lines:,} lines unreadable"
            lines += _prose(pen, told, 4, "", "  !")
    if d.unrecognized:
        names = ", ".join(alike(d.unrecognized))
        lines += _prose(pen, f"no collector knows {names}", 4, "", "  !")
    return lines


def _not_collected(pen: Pen, d: Diagnosis) -> list[str]:
    said = failed(d)
    more = [f"and {len(said) - MANY_FAILED} more: report.html has them, and what to do"]
    told = said[:MANY_FAILED] + (more if len(said) > MANY_FAILED else [])
    return [line for text in told for line in _prose(pen, text, 4, "", "  !")]


def _notes(pen: Pen, d: Diagnosis) -> list[str]:
    notes = [*d.ladder.notes, *d.notes, *([said] if (said := cost(d)) else [])]
    return [line for note in notes for line in _prose(pen, note, 4, "quiet", pen.text("  ·"))]
