"""All drawings of a diagnosis, each drawn once for all reports."""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.case import Run
from diagnose.model import Diagnosis

from .drawing import Figure, style
from .figures_evidence import evidence
from .figures_knee import knee
from .figures_ladder import ladder
from .figures_levels import levels
from .figures_load import load_curve


@dataclass(frozen=True, slots=True)
class Figures:
    """None, or nothing, where there is nothing to draw. suspects: by rank."""

    load: Figure | None
    knee: Figure | None
    ladder: Figure | None
    suspects: dict[int, tuple[Figure, ...]]

    def all(self) -> list[Figure]:
        """Every drawing, in the order of the reports."""
        several = [f for group in self.suspects.values() for f in group]
        return [f for f in (*several, self.ladder, self.load, self.knee) if f is not None]


_last: list[tuple[Diagnosis, Run, Figures]] = []


def figures(d: Diagnosis, run: Run) -> Figures:
    """The drawings; those of the last diagnosis are kept, so that reports can share them."""
    for diagnosis, its_run, drawn in _last:
        if diagnosis is d and its_run is run:
            return drawn
    with style():
        drawn = Figures(
            load=load_curve(d, run),
            knee=levels(d) or knee(d, run),
            ladder=ladder(d),
            suspects={s.rank: evidence(d, run, s) for s in d.suspects},
        )
    _last[:] = [(d, run, drawn)]
    return drawn
