"""HTML that cannot be broken by what it shows: every text is escaped unless it is Markup.

>>> tag("p", "a < b", tag("code", "<script>"), class_="x")
'<p class="x">a &lt; b<code>&lt;script&gt;</code></p>'
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TypeAlias

from .phrases import bound, clean


class Markup(str):
    """Text that is HTML already, made here and nowhere else."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[str] | None"
VOID = ("meta", "br", "link")


def escaped(text: str) -> Markup:
    """Text as HTML; numbers bound to their units, control characters made visible."""
    return text if isinstance(text, Markup) else Markup(html.escape(bound(text), quote=True))


def tag(element: str, /, *children: Child, **attributes: str | None) -> Markup:
    """An element. Attributes: `class_` for class, `aria_label` for aria-label; None leaves out."""
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(clean(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "" if element in VOID else f"{joined(*children)}</{element}>"
    return Markup(f"<{element}{named}>{inside}")


def joined(*children: Child) -> Markup:
    """All children, one after the other; None and "" leave no trace."""
    flat: list[str] = []
    for child in children:
        if child is None:
            continue
        flat.extend([child] if isinstance(child, str) else child)
    return Markup("".join(escaped(c) for c in flat))
