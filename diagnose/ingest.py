"""Raw files → readings. Each file is told by its content; what nobody knows is listed."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from diagnose.badlines import BadLines
from diagnose.errors import UnreadableSource
from diagnose.model import SourceRow
from diagnose.plugins import COLLECTORS, Collector, load
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.rundir import RawPath, RunDirectory
from diagnose.topology import Settings

Progress = Callable[[str], None]
DAMAGED = "the archive is damaged, nothing could be unpacked"
BROKE_OFF = "the archive breaks off or is damaged; what could be unpacked was read"
SURE = 0.8  # a signature that no look-alike bears (a choice; see docs/writing-collectors.md)


@dataclass(slots=True, eq=False)
class Source:
    """One file that a collector claimed, and what it gave."""

    path: str
    folder: str  # "" where files lie flat
    kind: str
    title: str
    role: str
    reading: Reading = field(default_factory=Reading)
    lines: int = 0
    bad: BadLines = field(default_factory=lambda: BadLines(""))
    error: str = ""
    cut: str = ""  # why its end is not there, where collect says so

    def row(self, component: str) -> SourceRow:
        """As the report lists it."""
        return SourceRow(
            self.path,
            component,
            self.kind,
            self.title,
            self.lines,
            self.bad.count,
            tuple(self.bad.kept),
            tuple(self.reading.notes),
            self.error,
        )


@dataclass(slots=True)
class Ingested:
    """All sources of a run in the order of their paths, and the files that nobody knows."""

    sources: list[Source] = field(default_factory=list)
    unrecognized: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)


def ingest(
    run: RunDirectory,
    settings: Settings,
    progress: Progress = lambda _: None,
    owners: Mapping[str, str] = MappingProxyType({}),
    silent: Mapping[str, str] = MappingProxyType({}),
) -> Ingested:
    """Read every raw file of a run.

    owners: components of files by path, where collect says. silent: kinds of those that collect
    read on the host, and that had nothing in them.
    """
    load("collectors")
    done = Ingested()
    claimed: list[tuple[RawPath, Collector]] = []
    empty: list[RawPath] = []
    for raw_path in run.raw_files():
        raw = RawFile(raw_path.shown, raw_path.where)
        try:
            head = raw.head()
        except UnreadableSource as error:
            done.sources.append(_failed(raw_path, error))
            continue
        mine = surest(head)
        if not head.raw and raw.broke_off:
            done.sources.append(_failed(raw_path, UnreadableSource(raw_path.shown, DAMAGED)))
        elif not head.body:  # nothing, or stamps of a command that printed nothing
            empty.append(raw_path)
        elif mine is None:
            done.unrecognized.append(raw_path.shown)
        else:
            claimed.append((raw_path, mine))
    # Configuration first: log formats and zones help to read the rest of the same host.
    claimed.sort(key=lambda c: (not c[1].first, c[0].shown))
    contexts: dict[str, dict[str, dict[str, str]]] = {}
    for raw_path, mine in claimed:
        progress(raw_path.shown)
        owner = owner_of(raw_path, settings, owners)
        context = contexts.setdefault(
            owner, {"log_formats": dict(settings.log_formats.get(owner, {}))}
        )
        source = read(raw_path, mine, context)
        source.folder = owner
        _learn(source.reading, context)
        done.sources.append(source)
    _read_silent_logs(done, empty, settings, owners, silent)
    done.sources.sort(key=lambda s: s.path)
    return done


def _read_silent_logs(
    done: Ingested,
    empty: list[RawPath],
    settings: Settings,
    owners: Mapping[str, str],
    silent: Mapping[str, str],
) -> None:
    """An empty log that its service's configuration names, or that collect read, is silent."""
    named = {
        (source.folder, fact.value.rpartition("/")[2]): fact.part
        for source in done.sources
        for fact in source.reading.facts
        if fact.name == "log.file"
    }
    for raw_path in empty:
        owner = owner_of(raw_path, settings, owners)
        kind = named.get((owner, raw_path.where.name), "")
        mine = COLLECTORS.get(kind or silent.get(raw_path.shown, ""))
        if mine is None:
            done.empty.append(raw_path.shown)
            continue
        source = read(raw_path, mine, {})
        source.folder = owner
        by = "the configuration names it" if kind else "collect read it"
        source.reading.notes.append(f"empty: {by}, and nothing was logged")
        done.sources.append(source)


def surest(head: Head) -> Collector | None:
    """The collector that claims a file most surely; ties go by name.

    Those that infer a format are asked only where no other is sure.
    """
    if not head.raw:
        return None
    best: tuple[float, Collector | None] = (0.0, None)
    for generic in (False, True):
        for _, each in sorted(COLLECTORS.items()):
            if each.generic is generic and (claim := each.recognizes(head)) > best[0]:
                best = (claim, each)
        if best[0] >= SURE:
            break
    return best[1]


def owner_of(raw_path: RawPath, settings: Settings, owners: Mapping[str, str]) -> str:
    """The host's folder, unless diagnose.toml or collect hands the file to a component."""
    for component, globs in settings.sources.items():
        if any(fnmatch.fnmatch(raw_path.shown, glob) for glob in globs):
            return component
    return owners.get(raw_path.shown, raw_path.folder)


def read(raw_path: RawPath, mine: Collector, context: dict[str, dict[str, str]]) -> Source:
    """Parse one file; whatever goes wrong with it, the others are still read."""
    raw = RawFile(raw_path.shown, raw_path.where, context)
    source = Source(raw_path.shown, raw_path.folder, mine.kind, mine.title, mine.role)
    source.bad = BadLines(raw_path.shown)
    try:
        source.reading = mine.parse(raw, source.bad)
    except UnreadableSource as error:
        source.error = f"{error.what}; {error.hint}" if error.hint else error.what
    except Exception as error:  # one odd file must not cost the user the whole diagnosis
        what = f"{type(error).__name__}: {error}"
        source.error = f"{raw_path.shown}: our reader for {mine.title} failed on it ({what:.120})"
    source.lines = raw.lines_read
    if raw.broke_off and not source.error:
        source.reading.notes.append(BROKE_OFF)
    return source


def _learn(reading: Reading, context: dict[str, dict[str, str]]) -> None:
    for fact in reading.facts:
        if fact.name == "nginx.log_format":
            context["log_formats"].setdefault(fact.part or fact.value, fact.value)


def _failed(raw_path: RawPath, error: UnreadableSource) -> Source:
    source = Source(raw_path.shown, raw_path.folder, "", "", "")
    source.error = f"{error.what}; {error.hint}" if error.hint else error.what
    return source
