"""docs/privilege.md, with what is made from the code put in."""

from __future__ import annotations

import re
from pathlib import Path

from diagnose.collect.allowed import FOR_LOGS, PROGRAMS, sudoers

PAGE = Path(__file__).parent.parent / "docs" / "privilege.md"
BLOCK = re.compile(r"(?s)<!-- (?P<name>[^:]+): held by [^>]+ -->\n```text\n(?P<text>.*?)```\n")


def blocks() -> dict[str, str]:
    """The page's examples by name."""
    return {m["name"]: m["text"] for m in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))}


def programs() -> str:
    """In lines of a page's width."""
    lines = [""]
    for program in sorted({*PROGRAMS, *FOR_LOGS}):
        if len(lines[-1]) + len(program) > 98:
            lines.append("")
        lines[-1] = f"{lines[-1]} {program}".strip()
    return "\n".join(lines) + "\n"


def current() -> dict[str, str]:
    """What these examples must be."""
    return {"programs": programs(), "sudoers": sudoers()}
