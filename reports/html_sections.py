"""The other sections of a page: the way, the load, capacity, what is cleared and unknown."""

from __future__ import annotations

from diagnose.case import Run
from diagnose.model import Cleared, Diagnosis

from . import collecting, load_levels, tables
from .figures import Figures
from .groups import Gap, alike, by_component, careful, cleared_resources, gaps, passed
from .html_figures import inline
from .html_suspects import source, suspect
from .markup import Child, Markup, joined, tag
from .phrases import response_times, scaling, sentence, spoken, turned, volume
from .tables import Column, Table

MOST_ROWS = 200  # of a table of statements or routes; verdict.json and the sources have all


def section(name: str, title: str, *children: Child) -> Markup | None:
    """A section of the page, or None where it has nothing to show."""
    inside = joined(*children)
    if not inside:
        return None
    return tag("section", tag("h2", title), inside, id=name)


def table(t: Table, *, titled: bool = True) -> Markup | None:
    """A table that scrolls on narrow screens; None where it has no rows."""
    if not t.rows:
        return None
    t = t.trimmed()
    heads = [tag("th", c.head, scope="col", class_=c.kind) for c in t.columns]
    body = [tag("tr", _cells(t, row)) for row in t.rows[:MOST_ROWS]]
    more = len(t.rows) - MOST_ROWS
    return joined(
        tag("h3", t.title) if titled else None,
        tag(
            "div",
            tag("table", tag("thead", tag("tr", heads)), tag("tbody", body)),
            class_="scroll",
            tabindex="0",
            role="region",
            aria_label=t.title,
        ),
        tag("p", f"and {more:,} more", class_="quiet") if more > 0 else None,
    )


def _cells(t: Table, row: tuple[str, ...]) -> list[Markup]:
    return [_cell(c, text, c is t.columns[0]) for c, text in zip(t.columns, row, strict=True)]


def _cell(column: Column, text: str, first: bool) -> Markup:
    inside = tag("code", text) if column.kind == "code" and text else text
    if first and column.kind == "text":
        return tag("th", inside, scope="row")
    return tag("td", inside, class_=column.kind)


def fitness(d: Diagnosis) -> Markup | None:
    """What to bear in mind; that all is well is one line."""
    words = {"!": "failed", "?": "not sure"}
    items = [
        tag("li", tag("b", words[mark], class_=words[mark].replace(" ", "-")), " ", says)
        for mark, says in careful(d)
    ]
    if passed(d):
        items.append(tag("li", tag("b", "passed", class_="passed"), " ", passed(d)))
    return section("fitness", "Is the run fit to judge?", tag("ul", items) if items else None)


def suspects(d: Diagnosis, drawn: Figures) -> Markup | None:
    """All suspects, the most likely first."""
    found = [suspect(d, s, drawn.suspects.get(s.rank, ())) for s in d.suspects]
    return section("suspects", "Suspects" if len(found) > 1 else "Suspect", found)


def way(d: Diagnosis, drawn: Figures) -> Markup | None:
    """The strip of tiers: where added time lies, and where failures began."""
    return section(
        "way",
        "Where time and failures went",
        inline(drawn.ladder) if drawn.ladder else None,
        table(tables.births(d)),
        table(tables.tiers(d)),
        table(tables.rungs(d)),
        [tag("p", note, class_="quiet") for note in d.ladder.notes],
    )


def load(d: Diagnosis, run: Run, drawn: Figures) -> Markup | None:
    """The load curve, and when each component moved."""
    said = [tag("p", f"Turned at {turned(i)}.") for i in d.inflections[:1]]
    if law := scaling(d):
        said.append(tag("p", f"With users: {law}."))
    moved = table(tables.onsets(d, run))
    knee = inline(drawn.knee) if drawn.knee else None
    beside = [part for part in (knee, tag("div", moved) if moved else None) if part]
    return section(
        "load",
        "The load",
        said,
        inline(drawn.load, captioned=False) if drawn.load else None,
        tag("div", beside, class_="columns") if beside else None,
        table(load_levels.levels(d)),
    )


def capacity(d: Diagnosis) -> Markup | None:
    """What limits next."""
    about = "Busy time a request, from utilization against throughput before the run turned."
    rows = table(tables.capacity(d), titled=False)
    return section("capacity", "Capacity", tag("p", about, class_="quiet"), rows) if rows else None


def cleared(d: Diagnosis) -> Markup | None:
    """Measured, with room left: the resources of a component, and behind them what was seen."""
    groups = by_component(d.cleared, d)
    return section("cleared", "Cleared", [_cleared(d, name, rows) for name, rows in groups])


def _cleared(d: Diagnosis, name: str, rows: list[Cleared]) -> Markup:
    items = [
        joined(tag("dt", spoken(c.resource)), tag("dd", c.says, " ", source(c.source)))
        for c in sorted(rows, key=lambda c: spoken(c.resource).lower())
    ]
    names = ", ".join(cleared_resources(rows, d))
    return tag("details", tag("summary", tag("b", name), " ", names), tag("dl", items))


def unknown(d: Diagnosis) -> Markup | None:
    """Not measured, and the command that would tell."""
    return section("unknown", "Unknown", [_gap(g) for g in gaps(d)])


def _gap(g: Gap) -> Markup:
    what = tag("p", tag("b", ", ".join(g.resources)), " at ", ", ".join(g.components))
    how = tag("p", g.how, class_="how") if g.how else None
    missing = tag("p", "needs ", "; ".join(g.missing), class_="quiet") if g.missing else None
    return tag("div", what, how, missing, class_="gap")


def statistics(d: Diagnosis) -> Markup | None:
    """Load statistics, errors, statements."""
    if d.load is None and not d.statements:
        return None
    about = f"{volume(d.load)}. Response time: {response_times(d.load)}." if d.load else ""
    parts = (tables.routes(d), tables.errors(d), tables.statements(d))
    first = tag("p", about, " ", source(d.load.source)) if d.load else None
    return section("statistics", "Statistics", first, [t for p in parts if (t := table(p))])


def collected(d: Diagnosis) -> Markup | None:
    """Every file: what it was read as, what could not be read, what nobody knows."""
    nobody = None
    if d.unrecognized:
        names = ", ".join(alike(d.unrecognized))
        nobody = tag("p", tag("b", "No collector knows "), names)
    notes = tag("ul", [tag("li", note) for note in d.notes]) if d.notes else None
    rows = table(tables.sources(d), titled=False)
    told = " ".join(text for text in (collecting.summary(d), sentence(collecting.cost(d))) if text)
    return section(
        "collected",
        "What was collected",
        tag("p", told) if told else None,
        nobody,
        notes,
        table(collecting.uncollected(d)),
        table(collecting.hosts(d)),
        rows,
    )
