"""What each host is doing, a line a host: rewritten in place on a terminal, else told when done."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TextIO

from diagnose.hosts.printable import printable

EACH_S = 0.1  # between two drawings
LEAST_COLUMNS = 40
PLAIN = str.maketrans({"✓": "+", "✗": "x", "…": "~", "·": "."})  # for terminals without them


@dataclass(slots=True)
class Line:
    """The state of one host."""

    name: str
    says: str = "waiting"
    mark: str = "·"
    began_s: float = field(default_factory=time.monotonic)


class Progress:
    """Threads tell it what hosts do. Nothing of it goes to standard output."""

    def __init__(self, names: list[str], out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._lines = {name: Line(name) for name in names}
        self._lock = threading.Lock()
        self._live = self._out.isatty()
        self._drawn = 0
        self._last_s = 0.0
        self._width = max((len(name) for name in names), default=0)

    def says(self, name: str, text: str) -> None:
        """A host is at something."""
        with self._lock:
            line = self._lines.setdefault(name, Line(name))
            line.says, line.mark = _line(text), "…"
            self._draw()

    def done(self, name: str, text: str, *, ok: bool = True) -> None:
        """A host is through with a stage."""
        with self._lock:
            line = self._lines.setdefault(name, Line(name))
            line.says, line.mark = _line(text), "✓" if ok else "✗"
            if self._live:
                self._draw(now=True)
            else:
                self._put(self._shown(line) + "\n")

    def note(self, text: str) -> None:
        """A sentence above the hosts."""
        with self._lock:
            self._wipe()
            self._put(printable(text) + "\n")
            self._drawn = 0
            self._draw(now=True)

    def close(self) -> None:
        """Draw the last state; what is printed next stands below it."""
        with self._lock:
            self._draw(now=True)
            self._drawn = 0

    def _draw(self, *, now: bool = False) -> None:
        at_s = time.monotonic()
        if not self._live or (not now and at_s - self._last_s < EACH_S):
            return
        self._last_s = at_s
        self._wipe()
        room = shutil.get_terminal_size().lines - 2
        # The hosts still at work first, where not all have room.
        lines = sorted(self._lines.values(), key=lambda line: line.mark == "✓")
        lines = list(self._lines.values()) if len(lines) <= room else lines[:room]
        self._put("".join(self._shown(line) + "\n" for line in lines))
        self._drawn = len(lines)

    def _shown(self, line: Line) -> str:
        columns = max(shutil.get_terminal_size().columns, LEAST_COLUMNS)
        text = f"  {line.mark} {line.name:{self._width}}  {line.says}"
        return text if not self._live or len(text) < columns else text[: columns - 2] + "…"

    def _wipe(self) -> None:
        if self._live and self._drawn:
            self._put(f"\x1b[{self._drawn}A\x1b[J")

    def _put(self, text: str) -> None:
        encoding = self._out.encoding or "utf-8"
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            text = text.translate(PLAIN).encode(encoding, "replace").decode(encoding)
        self._out.write(text)
        self._out.flush()


def _line(text: str) -> str:
    return " ".join(printable(text).split())
