"""docs/collecting.md, with the tables that are made from the code put in.

python tests/collecting_page.py      writes them anew
"""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from diagnose.fetches import Fetch, When
from diagnose.hosts.vendors import VENDORS
from diagnose.places import CollectSettings
from diagnose.plugins import COLLECTORS, load

PAGE = Path(__file__).parent.parent / "docs" / "collecting.md"
TIMES = {
    When.SAMPLED: "each `interval_s` under the load",
    When.AROUND: "before and after it",
    When.ONCE: "once",
}


def page() -> str:
    """The page as it should be."""
    text = PAGE.read_text()
    for name, body in (("fetches", _fetches()), ("devices", _devices()), ("limits", _limits())):
        block = re.compile(
            rf"(?<=<!-- {name}: made by tests/collecting_page.py -->\n).*?(?=\n\n)", re.S
        )
        text, count = block.subn(lambda _, body=body: body, text)
        assert count == 1, name
    return text


def _fetches() -> str:
    """A row for each set of roles: what its hosts are asked, by when."""
    load("collectors")
    every = [f for c in COLLECTORS.values() for f in c.fetch if not f.devices]
    rows = ["| asked of | " + " | ".join(TIMES.values()) + " |", "|---" * 4 + "|"]
    for roles in sorted({f.roles for f in every}, key=lambda roles: (bool(roles), roles)):
        cells = [
            _files([f for f in every if f.roles == roles and f.when is when]) for when in TIMES
        ]
        rows.append(f"| {', '.join(roles) or 'all'} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _files(fetches: list[Fetch]) -> str:
    named = {f.file: "\\*" * f.privileged for f in fetches}
    return ", ".join(f"`{file}`{mark}" for file, mark in sorted(named.items()))


def _devices() -> str:
    return ", ".join(f"`{name}`" for name in sorted(VENDORS))


def _limits() -> str:
    usual = CollectSettings()
    lines = (f"{f.name} = {_toml(getattr(usual, f.name))}" for f in fields(usual))
    return "```toml\n[collect]\n" + "\n".join(lines) + "\n```"


def _toml(value: float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


if __name__ == "__main__":
    PAGE.write_text(page())
