"""What `diagnose check` found, as text for a terminal and as JSON."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from diagnose.collect.checked import Checked, Item, State
from diagnose.hosts.printable import printable
from diagnose.units import show

MARKS = {State.THERE: ("✓", 32), State.MISSING: ("✗", 31), State.MINOR: ("·", 33)}
PLAIN = str.maketrans({"✓": "+", "✗": "x", "·": "-", "±": "+-", "…": "..."})
BOLD, DIM = 1, 2
LEAST_COLUMNS = 40


def as_text(
    found: Sequence[Checked], *, width: int = 100, colour: bool = False, ascii: bool = False
) -> str:
    """A block for each host, and a last line that says what it comes to."""
    draw = _Drawing(max(width, LEAST_COLUMNS), colour)
    blocks = ["\n".join(draw.host(host)) for host in found]
    text = "\n\n".join([*blocks, draw.end(found)]) + "\n"
    return text.translate(PLAIN) if ascii else text


class _Drawing:
    """How wide, and whether in colour."""

    def __init__(self, width: int, colour: bool) -> None:
        self._width, self._colour = width, colour

    def host(self, host: Checked) -> Iterator[str]:
        """One block."""
        clock = f"clock {_offset(host)}" if not math.isnan(host.clock_offset_s) else ""
        facts = [part for part in (host.address, clock, host.zone) if part]
        names = ", ".join(map(printable, host.components))
        yield f"{self._in(BOLD, names)}  {self._in(DIM, printable('  '.join(facts)))}".rstrip()
        if host.error:
            yield from self._item(Item(host.error, State.MISSING, mend=(host.hint,)))
        for name, items in host.components.items():
            indent = "  "
            if len(host.components) > 1 and items:
                yield f"  {printable(name)}"
                indent = "    "
            for item in items:
                yield from self._item(item, indent)

    def _item(self, item: Item, indent: str = "  ") -> Iterator[str]:
        mark, colour = MARKS[item.state]
        said = f"{item.what}: {item.why}" if item.why else item.what
        room = self._width - len(indent) - 2
        first, *rest = textwrap.wrap(" ".join(printable(said).split()), room) or [""]
        yield f"{indent}{self._in(colour, mark)} {first}"
        yield from (f"{indent}  {line}" for line in rest)
        for line in map(printable, item.mend):
            if line.startswith("# "):
                wrapped = textwrap.wrap(line[2:], room - 4, break_long_words=False)
                yield from (f"{indent}    {self._in(DIM, f'# {part}')}" for part in wrapped)
            else:  # to be copied: never wrapped
                yield f"{indent}    {line}"

    def end(self, found: Sequence[Checked]) -> str:
        """What it comes to."""
        lacking = [host for host in found if host.lacking]
        if not lacking:
            return self._in(32, "All that matters is there.")
        names = ", ".join(printable(name) for host in lacking for name in host.components)
        return self._in(31, f"Something that matters is missing at: {names}")

    def _in(self, code: int, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and text else text


def _offset(host: Checked) -> str:
    sign = "+" if host.clock_offset_s >= 0 else "-"
    return f"{sign}{show(abs(host.clock_offset_s), 's')} ± {show(host.clock_error_s, 's')}"


def as_json(found: Sequence[Checked]) -> str:
    """The same for programs; what was not measured is null."""
    hosts = [
        {
            "address": host.address,
            "error": host.error,
            "hint": host.hint,
            "clock_offset_s": _number(host.clock_offset_s),
            "clock_error_s": _number(host.clock_error_s),
            "zone": host.zone,
            "lacking": host.lacking,
            "components": {
                name: [_plain(item) for item in items] for name, items in host.components.items()
            },
        }
        for host in found
    ]
    return json.dumps({"schema_version": 1, "hosts": hosts}, indent=2) + "\n"


def _plain(item: Item) -> dict[str, Any]:
    return {
        "source": item.what,
        "state": item.state.value,
        "why": item.why,
        "mend": list(item.mend),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
