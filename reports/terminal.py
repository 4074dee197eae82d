"""The diagnosis as people first see it: text for a terminal, the verdict first."""

from __future__ import annotations

from pathlib import Path

from diagnose.case import Run
from diagnose.model import Diagnosis, Evidence, Suspect
from diagnose.plugins import report
from diagnose.units import show

from .pen import Pen
from .phrases import (
    VERDICTS,
    by_component,
    explains,
    onset,
    period,
    response_times,
    sentence,
    spoken,
    unfit,
    volume,
)
from .terminal_strips import birth_lines, curve_lines, ladder_lines, tier_lines

WIDEST = 110  # lines of prose longer than this are hard to follow (a choice)
NARROWEST = 72  # the widest table without its bars
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
        _titled(pen, "Where requests and failures went", tier_lines(pen, d)),
        _titled(pen, "Where the added time went", ladder_lines(pen, d)),
        _titled(pen, "Where requests began to fail", birth_lines(pen, d)),
        _titled(pen, "The load", curve_lines(pen, d, run)),
        _titled(pen, "Cleared: measured, with room left", _cleared(pen, d)),
        _titled(pen, "Unknown: not measured", _unknown(pen, d)),
        _titled(pen, "Not read", _not_read(pen, d)),
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
    careful, passed = unfit(d)
    if not careful:
        return []
    lines = [line for says in careful for line in _prose(pen, says, 4, "", "  !")]
    if passed:
        lines += _prose(pen, f"{passed} other check{'s' if passed > 1 else ''} passed", 4, "quiet")
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
    lines = []
    for component, things in by_component(d.cleared, d):
        lines.append("  " + pen.clipped(pen.text(component), pen.width - 2))
        for c in things:
            lines += _hung(pen, spoken(c.resource), c.says)
    return lines


def _unknown(pen: Pen, d: Diagnosis) -> list[str]:
    lines = []
    for component, things in by_component(d.unknown, d):
        lines.append("  " + pen.clipped(pen.text(component), pen.width - 2))
        ways: dict[str, list[str]] = {}
        for u in things:
            ways.setdefault(u.how_to_collect, []).append(spoken(u.resource))
        for how, resources in ways.items():
            lines += _prose(pen, ", ".join(resources), 4)
            lines += _prose(pen, how, 8, "quiet", pen.text("      →"))
    return lines


def _hung(pen: Pen, head: str, text: str) -> list[str]:
    """A short name in the margin and a wrapped text beside it."""
    return _prose(pen, text, 24, "quiet", "    " + pen.text(head))


def _not_read(pen: Pen, d: Diagnosis) -> list[str]:
    lines = []
    for s in d.sources:
        if s.error:
            lines += _hung_path(pen, s.path, s.error)
        elif s.unreadable:
            lines += _hung_path(pen, s.path, f"{s.unreadable:,} of {s.lines:,} lines unreadable")
    for path in d.unrecognized:
        lines += _hung_path(pen, path, "no collector knows this file")
    return lines + [line for note in d.notes for line in _prose(pen, f"note: {note}", 2, "quiet")]


def _hung_path(pen: Pen, path: str, says: str) -> list[str]:
    return _prose(pen, f"{path}: {says}", 4, "", "  !")
