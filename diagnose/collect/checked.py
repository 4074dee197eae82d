"""What `diagnose check` found: of each host and component what is there and what is missing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

NAN = math.nan


class State(StrEnum):
    """Whether a source would give what is wanted."""

    THERE = "there"
    MISSING = "missing"  # and the diagnosis would be the poorer
    MINOR = "minor"  # missing, or half there; most diagnoses do without


@dataclass(frozen=True, slots=True)
class Item:
    """One source. mend: the commands or lines that would enable it, as they are typed."""

    what: str
    state: State = State.THERE
    why: str = ""
    mend: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """One host. error: why it could not be reached. Clock: the host's minus ours."""

    address: str
    components: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    error: str = ""
    hint: str = ""
    clock_offset_s: float = NAN
    clock_error_s: float = NAN
    zone: str = ""

    @property
    def lacking(self) -> bool:
        """Whether something is missing that would matter."""
        items = (item for each in self.components.values() for item in each)
        return bool(self.error) or any(item.state is State.MISSING for item in items)
