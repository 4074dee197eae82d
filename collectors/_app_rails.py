"""Rails logs: "Started GET /items/5" and "Completed 200 OK in 15ms" made one request."""

from __future__ import annotations

import math
import re

from ._app_lines import Line

# The tag of the request where log_tags say it, else the process.
_ID = re.compile(r"#(\d+)\]|\[([0-9a-f-]{20,})\]")


class Rails:
    """Remembers starts by request, and gives each its end."""

    def __init__(self) -> None:
        self._started: dict[str, tuple[str, float]] = {}

    def join(self, line: Line, text: str) -> None:
        """Complete a line, in place. Without a logger's stamp only the start bears a time."""
        if "Started " in text and line.request:
            if len(self._started) > 10_000:
                self._started.clear()
            self._started[_id_of(text)] = (line.request, line.at_s)
        elif "Completed " in text and not line.request and not math.isnan(line.duration_s):
            line.request, began_s = self._started.get(_id_of(text), ("", math.nan))
            if math.isnan(line.at_s):
                line.at_s = began_s + line.duration_s


def _id_of(text: str) -> str:
    found = _ID.findall(text)
    return max(found[-1]) if found else ""
