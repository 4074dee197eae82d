"""The first line of sar, iostat, mpstat and pidstat: who was measured, and on which day.

Linux 6.18.44 (api)     11/23/26        _x86_64_        (2 CPU)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from diagnose.readings import Fact, Limit, Reading

from ._clock import epoch_of_day

BANNER = re.compile(
    r"\w+ (?P<kernel>\S+) \((?P<host>[^)\s]+)\)\s+(?P<date>.*?)"
    r"(?:\s+_\S+_)?(?:\s+\((?P<cpus>\d+) CPU\))?\s*$"
)


@dataclass(frozen=True, slots=True)
class Banner:
    """What a banner says; cpus is 0 where it does not (before sysstat 9.1)."""

    kernel: str
    host: str
    date: str
    cpus: int

    def announce(self, reading: Reading, line: int) -> None:
        """Say it once; a second run on the same host says nothing new."""
        facts = {(fact.name, fact.value) for fact in reading.facts}
        for name, value in (("host.name", self.host), ("os.kernel", self.kernel)):
            if (name, value) not in facts:
                reading.facts.append(Fact(name, value, line=line))
        counts = {limit.value for limit in reading.limits if limit.name == "cpu.count"}
        if self.cpus and self.cpus not in counts:
            reading.limits.append(Limit("cpu.count", float(self.cpus), line=line))


def banner(line: str) -> Banner | None:
    """The banner that a line is; None for any other.

    >>> banner("Linux 6.1.0 (db) \\t23.11.2026 \\t_x86_64_\\t(4 CPU)")
    Banner(kernel='6.1.0', host='db', date='23.11.2026', cpus=4)
    """
    if "(" not in line or (match := BANNER.match(line)) is None:
        return None
    if not any(character.isdigit() for character in match["date"]):
        return None
    return Banner(match["kernel"], match["host"], match["date"], int(match["cpus"] or 0))


def midnight_of(said: Banner | None, twelve: bool, reading: Reading) -> float:
    """Epoch seconds of the midnight of a banner's day; a day that is a guess is marked so."""
    midnight_s, sure = epoch_of_day(said.date if said else "", twelve)
    reading.date_known &= sure
    return midnight_s
