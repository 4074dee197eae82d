"""A table of diagnose.toml, asked for values of a kind: each mistake is one sentence and a hint."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass, field
from typing import Any

from diagnose.errors import BadTopology

CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Declared:
    """A table by its name ("run", or a component's), and what stands in it.

    Every method raises BadTopology where the value is not what the key takes.
    """

    where: str
    values: dict[str, Any] = field(default_factory=dict)

    def text(self, key: str, default: str = "", *, write: str, shape: str = r".*") -> str:
        """A text of one line that has `shape` as a whole; `write` is an example of it."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise bad(f"{key} of {self.where} is no text", f"write {key} = {write}")
        if CONTROL.search(value) or (value and not re.fullmatch(shape, value)):
            raise bad(f"{key} of {self.where} cannot be {value!r}", f"write {key} = {write}")
        return value

    def texts(self, key: str, *, write: str = '["NAME"]') -> tuple[str, ...]:
        """A list of texts of one line each, or a single one."""
        value = self.values.get(key, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise bad(f"{key} of {self.where} is no list of names", f"write {key} = {write}")
        if any(CONTROL.search(v) for v in value):
            raise bad(
                f"{key} of {self.where} has a name of several lines", f"write {key} = {write}"
            )
        return tuple(value)

    def number(
        self,
        key: str,
        default: float,
        *,
        write: str,
        least: float = -math.inf,
        most: float = math.inf,
    ) -> float:
        """A finite number from `least` to `most`; the default need not be one."""
        if key not in self.values:
            return default
        value = self.values[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isinf(value):
            raise bad(f"{key} of {self.where} is no number", f"write {write}")
        if value < least or value > most or (math.isnan(value) and least > -math.inf):
            raise bad(f"{key} of {self.where} cannot be {value:g}", f"write {write}")
        return float(value)

    def flag(self, key: str) -> bool:
        """true or false; false where it does not stand."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise bad(f"{key} of {self.where} is neither true nor false", f"write {key} = true")
        return value

    def refuse_strange(self, known: tuple[str, ...], instead: dict[str, str] | None = None) -> None:
        """A key that looks like one of ours and is none would be passed over in silence.

        instead: for keys that others use, what to do here.
        """
        for key in self.values.keys() - set(known):
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.75)
            hint = (instead or {}).get(key, f"did you mean {near[0]}?" if near else "")
            if hint:
                raise bad(f"{self.where} has a key {key!r}", hint)


def bad(what: str, hint: str) -> BadTopology:
    """The error of this file."""
    return BadTopology(f"diagnose.toml: {what}", hint=hint)
