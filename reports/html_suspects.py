"""The suspects of a page: what speaks for and against each, what to try, what mends it."""

from __future__ import annotations

import math

from diagnose.model import Diagnosis, Evidence, Suspect
from diagnose.units import show

from .drawing import Figure
from .html_figures import inline
from .markup import Markup, joined, tag
from .phrases import explains, onset, spoken


def suspect(d: Diagnosis, s: Suspect, drawn: tuple[Figure, ...]) -> Markup:
    """An article for one suspect."""
    return tag(
        "article",
        _head(s),
        tag("p", s.says, class_="says"),
        _facts(d, s),
        tag("div", _observed("For", s.for_), _doubts(s), class_="columns"),
        tag("div", [inline(f) for f in drawn], class_="plots") if drawn else None,
        _experiment(s),
        tag("p", tag("b", "Fix "), s.fix, class_="fix") if s.fix else None,
        tag("p", tag("b", "Also "), "; ".join(s.also), class_="also") if s.also else None,
        class_=f"suspect {'likely' if s.level == 'likely' else 'possible'}",
        aria_labelledby=f"suspect-{s.rank}",
    )


def _head(s: Suspect) -> Markup:
    name = tag("h3", tag("span", str(s.rank), class_="rank"), " ", s.component, " · ",
               spoken(s.resource), id=f"suspect-{s.rank}")  # fmt: skip
    sure = show(s.confidence, "ratio")
    level = tag("span", s.level, class_="level"), tag("span", sure, class_="sure")
    return tag("header", name, tag("p", level, class_="belief", title=f"{sure} confidence"))


def _facts(d: Diagnosis, s: Suspect) -> Markup:
    facts = (
        ("explains", explains(s.explains)),
        ("since", onset(s, d)),
        ("rule", s.rule),
    )
    shares = (s.explains.seconds_share, s.explains.failures_share)
    bars = [
        _bar(name, share)
        for name, share in zip(("added time", "failures"), shares, strict=True)
        if not math.isnan(share)
    ]
    rows = [joined(tag("dt", name), tag("dd", text)) for name, text in facts if text]
    return tag("div", tag("dl", rows), tag("div", bars, class_="shares"), class_="facts")


def _bar(name: str, share: float) -> Markup:
    part = f"{100 * min(max(share, 0.0), 1.0):.1f}%"
    said = show(share, "ratio")
    fill = tag("span", style=f"width:{part}")
    return tag(
        "div", tag("span", f"{said} of {name}"), tag("div", fill, class_="track"), class_="share"
    )


def _observed(title: str, seen: tuple[Evidence, ...]) -> Markup | None:
    if not seen:
        return None
    items = [tag("li", e.says, " ", source(e.source)) for e in seen]
    return tag("div", tag("h4", title), tag("ul", items))


def source(text: str) -> Markup | None:
    """Where something was read."""
    return tag("cite", tag("code", text)) if text else None


def _doubts(s: Suspect) -> Markup | None:
    missing = [tag("li", m) for m in s.missing]
    nothing = tag("p", "Nothing that was measured speaks against it.", class_="quiet")
    return tag(
        "div",
        _observed("Against", s.against) or tag("div", tag("h4", "Against"), nothing),
        tag("div", tag("h4", "Missing"), tag("ul", missing)) if missing else None,
    )


def _experiment(s: Suspect) -> Markup | None:
    e = s.experiment
    if not e.do:
        return None
    answers = (("If this is it", e.if_this_is_it), ("If not", e.if_not))
    cells = [tag("div", tag("h5", name), tag("p", text)) for name, text in answers if text]
    return tag(
        "div",
        tag("h4", "Next experiment"),
        tag("p", e.do, class_="do"),
        tag("div", cells, class_="answers"),
        class_="experiment",
    )
