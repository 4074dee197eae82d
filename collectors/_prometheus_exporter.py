"""What one exporter said, by the names of its series; and what is made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from diagnose.readings import Fact, Form, Limit, Reading, Samples

from ._prometheus_tracks import Track, summed


class Exporter:
    """The tracks of one instance and job, and a reading that grows."""

    def __init__(self, tracks: Iterable[Track]) -> None:
        self.reading = Reading()
        self._tracks: dict[str, list[Track]] = defaultdict(list)
        for track in tracks:
            if track.at_s.size:
                self._tracks[track.name].append(track)

    def __contains__(self, name: str) -> bool:
        return name in self._tracks

    def all(self, name: str) -> list[Track]:
        """Every track of that name; empty where there is none."""
        return self._tracks.get(name, [])

    def one(self, name: str) -> Track | None:
        """The sum of the tracks of that name."""
        found = self.all(name)
        return summed(found) if found else None

    def by(self, name: str, label: str) -> dict[str, Track]:
        """Tracks by a label, each the sum over the other labels; "" as label: one sum."""
        parts: dict[str, list[Track]] = defaultdict(list)
        for track in self.all(name):
            parts[track.labels.get(label, "")].append(track)
        return {part: summed(found) for part, found in parts.items()}

    def give(self, metric: str, track: Track, form: Form = Form.GAUGE, part: str = "") -> None:
        """A series of ours."""
        if track.at_s.size:
            self.reading.samples.append(
                Samples(metric, track.at_s, track.values, part, form, track.lines)
            )

    def give_all(self, table: Mapping[str, Iterable[tuple[str, str]]], form: Form) -> None:
        """Series as they stand: metric of ours → (name, label of its parts); rows add up."""
        for metric, rows in table.items():
            found: dict[str, list[Track]] = defaultdict(list)
            for name, label in rows:
                for part, track in self.by(name, label).items():
                    found[_part(label, part)].append(track)
            for part, several in found.items():
                self.give(metric, summed(several), form, part)

    def limit(self, name: str, track: Track, part: str = "") -> None:
        """A ceiling, as it stood last."""
        self.reading.limits.append(Limit(name, float(track.values[-1]), part, int(track.lines[-1])))

    def fact(self, name: str, value: str, track: Track) -> None:
        """What a label says."""
        if value:
            self.reading.facts.append(Fact(name, value, line=int(track.lines[-1])))


def _part(label: str, value: str) -> str:
    """Processors are called cpu0 here; node_exporter called them so before 0.16 only."""
    return f"cpu{value}" if label == "cpu" and value.isdecimal() else value


def table(rows: str) -> dict[str, list[tuple[str, str]]]:
    """Lines `name [label] metric` as metric → (name, label).

    >>> table("node_load1 cpu.load1")
    {'cpu.load1': [('node_load1', '')]}
    """
    out: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in rows.strip().splitlines():
        name, *label, metric = line.split()
        out[metric].append((name, label[0] if label else ""))
    return dict(out)


def names_in(*tables: Mapping[str, Iterable[tuple[str, str]]]) -> list[str]:
    """The names that tables ask for."""
    return [name for rows in tables for several in rows.values() for name, _ in several]


def with_total(names: Iterable[str]) -> tuple[str, ...]:
    """Names with and without the ending that newer releases give their counters."""
    several = list(names)
    return tuple(dict.fromkeys([*several, *(f"{name}_total" for name in several)]))
