"""What the manifest tells the analysis: whose a file is, what is cut, what is not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from diagnose.collection import CollectedHost, Collection, Uncollected, Unrecorded
from diagnose.ingest import Source
from diagnose.manifest import BadManifest, Entry, Manifest
from diagnose.model import Component, Topology
from diagnose.rundir import RunDirectory
from diagnose.units import show

NAMED = 3  # files told by name (a choice)
STATES = {
    "changed": "changed since they were collected",
    "gone": "collected, and no longer there",
}


def manifest_of(run_dir: RunDirectory, notes: list[str]) -> Manifest | None:
    """The run's manifest; a damaged one is a note, for the raw files speak without it."""
    if not run_dir.path.is_dir():
        return None
    try:
        return Manifest.read(run_dir.path)
    except BadManifest as error:
        notes.append(f"{error.what}: what was not collected, and the clocks, are not known")
        return None


def owners(manifest: Manifest | None) -> dict[str, str]:
    """Path -> component, for folders whose names are not their components'."""
    return {e.path: e.component for e in manifest.files} if manifest else {}


def silent(manifest: Manifest | None) -> dict[str, str]:
    """Path -> kind of the logs that were read whole on the host, and had nothing in them."""
    found = manifest.files if manifest else ()
    return {e.path: e.collector for e in found if not (e.bytes or e.status or cut_by(e) or e.why)}


def mark(sources: list[Source], manifest: Manifest, notes: list[str]) -> None:
    """Say of each file that it was cut, or is not what was collected."""
    cut = {e.path: why for e in manifest.files if (why := cut_by(e))}
    for source in sources:
        if source.path in cut:
            source.cut = cut[source.path]
            source.reading.notes.append(source.cut)
            notes.append(f"{source.path}: {source.cut}; what it lacks is not known")
    states = {e.path: manifest.state_of(e) for e in manifest.files}
    for state, says in STATES.items():
        paths = [path for path, found in states.items() if found == state]
        more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
        notes += [f"{says}: {', '.join(paths[:NAMED])}{more}"] if paths else []


def cut_by(entry: Entry) -> str:
    """Why a raw file is not whole; "" where it is."""
    if entry.truncated:
        return f"cut at {show(entry.bytes, 'bytes')}, the limit for one file"
    if entry.timed_out:
        return f"broken off after {show(entry.seconds, 's')}, the limit for one command"
    return "the connection died, and the rest was lost" if entry.lost else ""


def collection(
    manifest: Manifest, system: Topology, sources: list[Source], notes: list[str]
) -> Collection:
    """The manifest as reports tell it."""
    known = {c.name: c for c in system.components}
    notes += [_lull(gap.component, gap.began_s, gap.says) for gap in manifest.gaps]
    return Collection(
        began_s=manifest.began_s,
        ended_s=manifest.ended_s,
        bytes=sum(e.bytes for e in manifest.files),
        files=len(manifest.files),
        redacted=manifest.redacted,
        reference=manifest.reference,
        hosts=_hosts(manifest, known),
        failures=tuple(_failure(e) for e in (*manifest.failures, *_cut(manifest, sources))),
        gaps=tuple(Unrecorded(g.component, g.began_s, g.ended_s, g.says) for g in manifest.gaps),
    )


def _cut(manifest: Manifest, sources: list[Source]) -> list[Entry]:
    """Files that are not whole, as what reads them: many are asked for by no collector."""
    kinds = {source.path: source.kind for source in sources}
    cut = (e for e in manifest.files if cut_by(e))
    return [replace(e, collector=kinds.get(e.path, e.collector)) for e in cut]


def _failure(entry: Entry) -> Uncollected:
    why = entry.why or cut_by(entry) or _why(entry)
    return Uncollected(entry.component, entry.file, entry.command, why, entry.how, entry.collector)


def _why(entry: Entry) -> str:
    """For want of a word of collect's: how the command ended."""
    said = entry.stderr.strip().splitlines()
    if said:
        return said[-1]
    return "nothing came" if entry.status is None else f"exit status {entry.status}"


def _hosts(manifest: Manifest, known: dict[str, Component]) -> tuple[CollectedHost, ...]:
    out = []
    for host in manifest.hosts:
        for name in host.components:
            component = known.get(name)
            clock = component.clock if component else None
            out.append(
                CollectedHost(
                    name,
                    host.address,
                    component.clock_offset_s if component and clock else host.clock.offset_s,
                    clock.error_s if clock else host.clock.error_s,
                    clock.drift_ppm if clock else host.clock.drift_ppm,
                    host.recorder.samples,
                    host.recorder.interval_s,
                    host.recorder.cpu_ratio,
                    host.error,
                )
            )
    return tuple(out)


def _lull(component: str, began_s: float, says: str) -> str:
    try:
        when = f"from {datetime.fromtimestamp(began_s, UTC):%H:%M:%S} UTC on"
    except (ValueError, OverflowError, OSError):  # a manifest that somebody edited
        when = "for some time"
    return f"{component}: not recorded {when}{': ' if says else ''}{says}"
