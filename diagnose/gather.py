"""Raw files and the topology, put together: which source is whose."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, field

from diagnose import collected, guess, topology
from diagnose.errors import NothingToRead
from diagnose.ingest import Ingested, Progress, Source, ingest
from diagnose.manifest import Manifest
from diagnose.model import Component, Topology
from diagnose.offsets import with_clocks
from diagnose.rundir import RunDirectory
from diagnose.spelling import spell
from diagnose.topology import Settings


@dataclass(slots=True)
class Work:
    """What the stages hand on. shifts: seconds to add to the times of each source."""

    run_dir: RunDirectory
    ingested: Ingested
    topology: Topology
    settings: Settings
    by_component: dict[str, list[Source]]
    shifts: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    manifest: Manifest | None = None  # None: the files were gathered by hand


def gather(run_dir: RunDirectory, progress: Progress) -> Work:
    """Read a run directory, with its topology, declared or made out.

    Raises:
        NothingToRead: no file of it is of a known format.
        BadTopology: diagnose.toml contradicts itself.
    """
    told = topology.read(run_dir.toml)
    settings = told[1] if told else Settings()
    notes: list[str] = []
    manifest = collected.manifest_of(run_dir, notes)
    owners, silent = collected.owners(manifest), collected.silent(manifest)
    done = ingest(run_dir, settings, progress, owners, silent)
    readable = [s for s in done.sources if not s.error]
    if not readable:
        raise NothingToRead(
            f"{run_dir.path} holds nothing that diagnose can read" + _first_troubles(done),
            hint="run `diagnose formats` for what is read, and how to get it",
        )
    if told and told[0].components:
        system = _with_strays(told[0], done.sources, notes)
    else:
        folders = [source.folder for source in done.sources]
        system, why = guess.guess(done.sources)
        pairs = zip(done.sources, folders, strict=True)
        flat = [source for source, folder in pairs if source.folder != folder]
        notes.append(_write_guess(run_dir, system, why, flat))
    if manifest is not None:
        collected.mark(done.sources, manifest, notes)
        system, said = with_clocks(system, manifest)
        notes += said
    mine = _by_component(system, done.sources)
    return Work(run_dir, done, system, settings, mine, {}, notes, manifest)


def _first_troubles(done: Ingested) -> str:
    troubles = [s.error for s in done.sources if s.error]
    troubles += [f"{path} is empty" for path in done.empty]
    troubles += [f"{path} is of no known format" for path in done.unrecognized]
    return ": " + "; ".join(troubles[:3]) if troubles else ""


def _with_strays(system: Topology, sources: list[Source], notes: list[str]) -> Topology:
    """Folders that diagnose.toml does not name are components beside the path."""
    known = {c.name for c in system.components} | {c.host for c in system.components}
    tables = {name for s in sources for name in s.reading.component}
    strays = sorted(({s.folder for s in sources if s.folder} | tables) - known)
    if strays:
        notes.append(f"not named in diagnose.toml, taken as bystanders: {', '.join(strays)}")
    extra = tuple(Component(name, "other", name) for name in strays)
    return Topology((*system.components, *extra), system.declared)


def _write_guess(
    run_dir: RunDirectory, system: Topology, why: dict[str, str], flat: list[Source]
) -> str:
    beside = itertools.groupby(system.path(), key=lambda name: system.senders(name) or name)
    chain = " → ".join(", ".join(names) for _, names in beside) or "no order"
    target = run_dir.toml
    lacks = "diagnose.toml names no components" if target.is_file() else "there is no diagnose.toml"
    said = f"{lacks}; from the files it was made out that requests go {chain}"
    if target.exists() or target.is_symlink() or run_dir.path.is_file():
        return said
    files: dict[str, list[str]] = defaultdict(list)
    for source in flat:
        files[source.folder].append(source.path)
    try:
        target.write_text(spell(system, run_dir.name, why, files), encoding="utf-8")
    except OSError:
        return said + " (and the folder cannot be written to, to keep that for you to correct)"
    return f"{said}; that was written to {target.name}: please correct it and run again"


def _by_component(system: Topology, sources: list[Source]) -> dict[str, list[Source]]:
    home = {c.host: c.name for c in system.components}
    home |= {c.name: c.name for c in system.components}
    out: dict[str, list[Source]] = {c.name: [] for c in system.components}
    flat = _only_place(system)
    for source in sources:
        name = home.get(source.folder, flat.get(source.role, ""))
        if name:
            source.folder = name
            out[name].append(source)
        others = {home[part] for part in source.reading.component if part in home} - {name}
        for other in sorted(others):
            out[other].append(source)
    return out


def _only_place(system: Topology) -> dict[str, str]:
    """Role -> component, where a declared topology has one of the kind (for flat files)."""
    by_role: dict[str, list[str]] = defaultdict(list)
    for component in system.components:
        by_role[component.role].append(component.name)
    return {role: names[0] for role, names in by_role.items() if len(names) == 1}
