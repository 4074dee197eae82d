"""Drawings within a page: as wide as their column, in the page's colours and font."""

from __future__ import annotations

import re

from .drawing import PALETTE, Figure
from .markup import Markup, escaped, tag

_COLOURS = {colour: f"var(--{name})" for name, colour in PALETTE.items()}
_COLOUR = re.compile("|".join(_COLOURS))
_SIZE = re.compile(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"')


def inline(figure: Figure, *, captioned: bool = True) -> Markup:
    """A figure element with the drawing, its title and, for those who cannot see it, its sense."""
    svg = _COLOUR.sub(lambda m: _COLOURS[m[0]], figure.svg)
    svg = svg.replace("font-family: 'DejaVu Sans'", "font-family: var(--sans)")
    label = escaped(f"{figure.title}. {figure.says}")
    svg = _SIZE.sub(rf'\1 role="img" aria-label="{_literal(label)}"', svg, count=1)
    caption = tag("figcaption", figure.title) if captioned else None
    return tag("figure", caption, tag("div", Markup(svg), class_="drawing"), class_=_shape(figure))


def _shape(figure: Figure) -> str:
    return "wide" if figure.name in ("load", "ladder") else "small"


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\")
