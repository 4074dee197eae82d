"""report.html: one page that needs nothing else, for a screen, a phone or paper."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from diagnose.case import Run
from diagnose.model import Diagnosis
from diagnose.plugins import report

from . import html_sections as sections
from .figures import figures
from .markup import Markup, joined, tag
from .phrases import VERDICTS, period, sentence, volume

# The page asks for nothing from elsewhere, and may run nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@report(name="html", suffix=".html")
def html(diagnosis: Diagnosis, run: Run, path: Path) -> None:
    """Write the page."""
    path.write_text(page(diagnosis, run), encoding="utf-8")


def page(d: Diagnosis, run: Run) -> str:
    """The whole page as text."""
    parts = _sections(d, run)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="generator", content=f"diagnose {d.tool_version}"),
        tag("title", f"{d.run}: {VERDICTS.get(d.verdict, d.verdict)}"),
        tag("style", Markup(_style())),
    )
    footer = tag("footer", tag("p", f"diagnose {d.tool_version}"))
    body = tag("body", _header(d), _nav(parts), tag("main", parts.values()), footer)
    return f'<!DOCTYPE html>\n<html lang="en">{head}{body}</html>\n'


def _sections(d: Diagnosis, run: Run) -> dict[str, Markup]:
    """Name in the navigation -> section, of those that have something to show."""
    drawn = figures(d, run)
    every = {
        "Fitness": sections.fitness(d),
        "Suspects": sections.suspects(d, drawn),
        "Time and failures": sections.way(d, drawn),
        "Load": sections.load(d, run, drawn),
        "Capacity": sections.capacity(d),
        "Cleared": sections.cleared(d),
        "Unknown": sections.unknown(d),
        "Statistics": sections.statistics(d),
        "Collected": sections.collected(d),
    }
    return {name: part for name, part in every.items() if part is not None}


def _header(d: Diagnosis) -> Markup:
    about = [tag("b", d.run)]
    if d.load:
        tool = f", {d.load.tool}" if d.load.tool else ""
        about += [tag("span", volume(d.load) + tool), tag("span", period(d.load))]
    return tag(
        "header",
        tag("p", VERDICTS.get(d.verdict, d.verdict), class_="verdict"),
        tag("h1", sentence(d.sentence)),
        tag("p", joined(*about), class_="about"),
        class_=f"top {d.verdict.replace('_', '-')}",
    )


def _nav(parts: dict[str, Markup]) -> Markup:
    ids = {name: part.split('id="', 1)[1].split('"', 1)[0] for name, part in parts.items()}
    links = [tag("a", name, href=f"#{ids[name]}") for name in parts]
    return tag("nav", links, aria_label="Sections")


def _style() -> str:
    return files(__package__).joinpath("report.css").read_text(encoding="utf-8")
