"""Which column of a log is what, told from its key, or from the values and their place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

import numpy as np

from diagnose.readings import Array

from ._access_format import LIST, SHAPES, Field, LineTemplate
from ._access_names import LOOKS, named
from ._access_values import TIME_ISO, TIME_LOCAL, number, sum_of_tries

_NEARLY_ALL = 0.99
_ROUNDING_S = 0.0015  # both times are cut to milliseconds, each on its own
_METHODS = r"GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE|PROPFIND|PURGE"
# What an unnamed column must look like, in the order in which they are looked for.
_UNNAMED = {
    "msec": r"\d{9,10}\.\d{3}",
    "time": rf"{TIME_LOCAL}|{TIME_ISO}",
    "request": rf"(?:{_METHODS}) \S+.*",
    "request_method": _METHODS,
    "request_uri": r"/\S*|https?://\S+",
    "status": LOOKS["status"],
    "remote_addr": LOOKS["remote_addr"],
    "upstream_addr": LOOKS["upstream_addr"],
}
_MILLISECONDS = re.compile(r"(?:-|\d+\.\d{3})(?:(?:, | : |,)(?:-|\d+\.\d{3}))*")


class Guess:
    """Names for the columns of a log; `literals` are the (literal, key) before each."""

    def __init__(
        self, literals: Sequence[tuple[str, str]], columns: Sequence[Sequence[str]]
    ) -> None:
        self._literals, self._columns = literals, columns
        self._notes: list[str] = []
        by_key = {key: columns[i] for i, (_, key) in enumerate(literals) if key}
        at = {key: i for i, (_, key) in enumerate(literals) if key}
        self._at = {name: at[key] for name, key in named(by_key).items()}

    def template(self) -> LineTemplate | None:
        """The format, where it is an access log's: when, and what was asked or answered."""
        self._name_by_looks()
        if not self._at.keys() & {"time", "msec"}:
            return None
        if not self._at.keys() & {"status", "request", "request_uri"}:
            return None
        self._name_neighbours()
        self._name_microseconds()
        self._name_times()
        names = {i: name for name, i in self._at.items()}
        cut = [self._field(i, names.get(i, "")) for i in range(len(self._literals))]
        return LineTemplate(cut, "request_time_us" in self._at, tuple(self._notes))

    def _free(self) -> list[int]:
        """Columns without a key and without a name yet."""
        taken = set(self._at.values())
        return [i for i, (_, key) in enumerate(self._literals[:-1]) if not key and i not in taken]

    def _all_look(self, i: int, shape: str) -> bool:
        given = [value for value in self._columns[i] if value not in ("", "-")]
        good = sum(re.fullmatch(shape, value) is not None for value in given)
        return bool(given) and good >= 0.8 * len(given)

    def _name_by_looks(self) -> None:
        for name, shape in _UNNAMED.items():
            if name in self._at or (name in ("request_method", "request_uri") and self._asked()):
                continue
            for i in self._free():
                if self._all_look(i, shape) and self._in_place(name, i):
                    self._at[name] = i
                    break

    def _asked(self) -> bool:
        return "request" in self._at

    def _in_place(self, name: str, i: int) -> bool:
        """A status and an upstream stand behind the request, the peer in front of the status."""
        asked = self._at.get("request", self._at.get("request_uri", -1))
        if name in ("status", "upstream_addr"):
            return i > asked
        return name != "remote_addr" or i < self._at.get("status", len(self._literals))

    def _name_neighbours(self) -> None:
        """The number behind the status is the bytes; behind an upstream stands its status."""
        after_status = self._at.get("status", -2) + 1
        if after_status in self._free() and self._all_look(after_status, r"\d+"):
            self._at.setdefault("body_bytes_sent", after_status)
        for i in self._free():
            behind = i > self._at.get("upstream_addr", len(self._literals))
            if behind and self._all_look(i, LOOKS["upstream_status"]):
                self._at.setdefault("upstream_status", i)

    def _name_microseconds(self) -> None:
        """Apache's %D: one whole number at the end, in a log that only Apache writes.

        Apache writes "-" for no bytes where nginx writes 0.
        """
        if "body_bytes_sent" not in self._at or "request_time" in self._at:
            return
        sent = self._at["body_bytes_sent"]
        whole = [i for i in self._free() if i > sent and self._all_look(i, r"\d+")]
        if "-" not in self._columns[sent] or whole != [len(self._literals) - 2]:
            return
        values = [number(value) for value in self._columns[whole[0]]]
        if median(values) >= 50 and len(set(values)) > 1:
            self._at["request_time_us"] = whole[0]
            self._notes.append(
                "the last number of each line was taken for Apache's %D (microseconds), "
                "and the time for that of the request's arrival, as Apache writes it"
            )

    def _name_times(self) -> None:
        """Bare times: $request_time is the one that no other exceeds."""
        if self._at.keys() & {"request_time", "request_time_ms", "request_time_us"}:
            return
        shown = _MILLISECONDS.pattern
        left = [i for i in self._free() if self._all_look(i, shown)]
        seconds = {i: np.array([sum_of_tries(v) for v in self._columns[i]]) for i in left}
        for name in ("request_time", "upstream_response_time"):
            whole = [i for i in left if name != "request_time" or np.isfinite(seconds[i]).all()]
            found = next((i for i in whole if _never_exceeded(seconds, i, left)), None)
            if found is None or name in self._at:
                break
            self._at[name] = found
            left.remove(found)
        self._say_what_was_taken(bool(seconds))

    def _say_what_was_taken(self, any_times: bool) -> None:
        taken = [n for n in ("request_time", "upstream_response_time") if n in self._at]
        keyed = [n for n in taken if self._literals[self._at[n]][1]]
        if taken and not keyed:
            names = " and ".join(f"${n} is value {self._at[n] + 1} of a line" for n in taken)
            self._notes.append(
                f"times without names: taken that {names}, as no other time exceeds it; "
                'write rt=$request_time urt="$upstream_response_time" into log_format to be sure'
            )
        elif any_times and not taken:
            self._notes.append(
                "times without names were not read: it cannot be told which is which"
            )

    def _field(self, i: int, name: str) -> Field:
        literal = self._literals[i][0]
        if i == len(self._literals) - 1:
            return Field(literal, "")
        if name:
            return Field(literal, name, self._shape(i, name))
        after = self._literals[i + 1][0]
        listed = literal[-1:] not in ('"', "[") and len(after) == 1
        return Field(literal, "_", LIST if listed else "")

    def _shape(self, i: int, name: str) -> str:
        """nginx's own shape where all values have it, else a wider one."""
        shape = SHAPES.get(name, "")
        if not shape or all(re.fullmatch(shape, value) for value in self._columns[i]):
            return ""
        return f"{LOOKS[name]}|-|"


def _never_exceeded(seconds: dict[int, Array], i: int, others: Sequence[int]) -> bool:
    for other in others:
        both = np.isfinite(seconds[i]) & np.isfinite(seconds[other])
        fitting = (seconds[other] <= seconds[i] + _ROUNDING_S)[both].sum()
        if fitting < _NEARLY_ALL * both.sum():
            return False
    return True
