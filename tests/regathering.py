"""Recorded runs read once; diagnosed again with other readings than the ones on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

from diagnose.analyze import analyze
from diagnose.ingest import Ingested, Source, ingest
from diagnose.model import Diagnosis
from diagnose.readings import Reading
from diagnose.rundir import RunDirectory
from diagnose.topology import Settings

Change = Callable[[list[Source]], Iterable[Source]]


@dataclass
class Read:
    """What was read of a run directory, to be used many times."""

    path: Path
    sources: list[Source]

    @classmethod
    def of(cls, path: Path) -> Read:
        return cls(path, ingest(RunDirectory.open(path), Settings()).sources)

    def diagnosed(self, change: Change = list) -> Diagnosis:
        """Diagnose with changed sources; those of this object stay as they are."""
        fresh = [replace(source) for source in self.sources]
        done = Ingested(list(change(fresh)))
        with patch("diagnose.gather.ingest", lambda *_: done):
            return analyze(self.path, out=self.path / "none")[0]

    @property
    def hosts(self) -> list[str]:
        return sorted({source.folder for source in self.sources})

    @property
    def kinds(self) -> list[str]:
        return sorted({source.kind for source in self.sources})


def with_reading(source: Source, reading: Reading) -> Source:
    """The same source with another reading."""
    return replace(source, reading=reading)
