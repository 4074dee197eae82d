"""The load test's results: from the generator's host, or what the load that ran under us wrote."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from diagnose.collect import loading
from diagnose.collect.configuration import without_secrets
from diagnose.collect.keeper import Keeper
from diagnose.collect.loading import Ended
from diagnose.collect.log_files import list_files
from diagnose.collect.log_ranges import Reader
from diagnose.collect.plan import Part
from diagnose.collect.writing import safe_name
from diagnose.errors import UnreadableSource
from diagnose.hosts.session import Done, Session
from diagnose.ingest import surest
from diagnose.manifest import Entry
from diagnose.rawfile import RawFile

WHAT = "results"  # as the manifest calls them where there are none
HOW = 'write results = ["/path/run_*.csv"] for it in diagnose.toml, or copy them into the run'
SAID = {"load.out": "standard output", "load.err": "standard error"}  # of the load


def fetch_results(session: Session, part: Part, keeper: Keeper, seconds: float) -> None:
    """Files that `results` names on the generator's host, each by its own name."""
    taken: set[str] = set()
    for glob in part.place.results:
        found = list_files(session, [glob], seconds=seconds)
        if not found.files:
            entry = Entry.of(part.name, glob, found.done, why="there is no such file", how=HOW)
            keeper.note(entry)
        for file in found.files:
            name = _unused(safe_name(os.path.basename(file.path)), taken)
            if keeper.wants(part.name, name):
                reader = Reader(session, [glob], file, found.privileged, seconds)
                with keeper.keep(part.name, name) as kept:
                    # One byte more than may be kept, so that a longer one is known to be cut.
                    most = min(file.size, keeper.limit_bytes) + 1
                    kept.done, _ = reader.copy(0, most, kept, kept.writer.stop)


def _unused(name: str, taken: set[str]) -> str:
    stem, dot, ending = name.partition(".")
    found, i = name, 1
    while found in taken:
        i += 1
        found = f"{stem}~{i}{dot}{ending}"
    taken.add(found)
    return found


def note_missing(part: Part, keeper: Keeper) -> None:
    """Nobody said where the results lie, and none are in the run."""
    why = "diagnose.toml does not say where the load test's results lie"
    keeper.note(Entry(part.name, WHAT, why=why, how=HOW))


def run_kept(command: tuple[str, ...], part: Part, keeper: Keeper) -> Ended:
    """Run the load in this folder, and keep what it said and wrote as the generator's.

    What it printed is a source where some collector knows it; it stays beside raw/ else.

    Raises:
        UsageError: there is no such command.
    """
    spools = [keeper.run / name for name in SAID]
    with spools[0].open("wb") as out, spools[1].open("wb") as err:
        ended = loading.run_load(command, _writing(out.write), _writing(err.write))
    said = without_secrets(" ".join(command).encode("utf-8", "surrogateescape")).decode(
        "utf-8", "replace"
    )
    for spool in spools:
        if known(spool):
            _take(spool, part, keeper, f"{said} ({SAID[spool.name]})")
        if keeper.clean is not None or not spool.stat().st_size:
            spool.unlink()
    taken = set(SAID)
    for path in loading.results(Path.cwd(), ended.began_s):
        if keeper.run.resolve() not in path.resolve().parents:
            _take(path, part, keeper, said, _unused(safe_name(path.name), taken))
    return ended


def _writing(write: Callable[[bytes], int]) -> Callable[[bytes], None]:
    def sink(data: bytes) -> None:
        write(data)

    return sink


def known(path: Path) -> bool:
    """Whether it is a load test's result, by its content."""
    try:
        claimed = surest(RawFile(path.name, path).head())
    except (UnreadableSource, OSError):
        return False
    return claimed is not None and claimed.role == "load_generator"


def _take(path: Path, part: Part, keeper: Keeper, command: str, name: str = "") -> None:
    with keeper.keep(part.name, name or path.name, empty_will_do=True) as kept:
        loading.copy_into(path, kept)
        kept.done = Done(command, 0, bytes=kept.writer.bytes, truncated=kept.writer.truncated)
