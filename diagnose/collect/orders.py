"""What a collection is asked for: the run's folder, the system under test, the load, the window."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from diagnose import topology
from diagnose.collect.disguise import disguise, keep_config, original
from diagnose.collect.plan import Part
from diagnose.collect.redaction import Redactor
from diagnose.errors import BadTopology, UsageError
from diagnose.hosts.session import Target
from diagnose.model import Topology
from diagnose.topology import Settings
from diagnose.wholefile import write_whole

NAME = "diagnose.toml"
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d)(?:\s+ago)?")
_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}


@dataclass(frozen=True, slots=True)
class Orders:
    """A collection. Times are epoch seconds of this machine's clock; NaN: nobody said."""

    run: Path
    topology: Topology
    settings: Settings
    parts: tuple[Part, ...]  # the components that are asked
    ssh_config: Path | None = None
    since_s: float = float("nan")
    until_s: float = float("nan")
    redact: bool = False
    targets: dict[Target, tuple[Part, ...]] = field(default_factory=dict)
    redactor: Redactor | None = None

    @property
    def generator(self) -> Part | None:
        """The load generator on this machine, else the first one."""
        found = [part for part in self.parts if part.role == "load_generator"]
        here = [part for part in found if part.place.host == "local"]
        return next(iter((*here, *found)), None)


def orders(
    run: Path,
    *,
    config: Path | None = None,
    only: tuple[str, ...] = (),
    ssh_config: Path | None = None,
    since: str = "",
    until: str = "",
    redact: bool = False,
    write: bool = True,
) -> Orders:
    """Read diagnose.toml (that of the run, else `config`, else the one here), and keep it there.

    only: names of components or hosts, empty for all. write: False touches nothing.

    Raises:
        UsageError: no diagnose.toml, an unknown host, or a time that is none.
        BadTopology: it contradicts itself.
    """
    path = config_of(run, config)
    read = topology.read(path)
    if read is None or not read[0].components:
        raise BadTopology(
            f"{path} names no component",
            hint="write [components.NAME] for each machine, or run `diagnose init`",
        )
    system, settings = read
    redact = redact or settings.collect.redact or path == original(run)
    redactor = disguise(run, settings) if redact and write else None
    if write:
        _keep_config(path, run, redactor)
    asked = _asked(system, settings, only)
    if redactor is not None:
        asked = tuple(replace(part, name=redactor.text(part.name)) for part in asked)
    now_s = time.time()
    found = Orders(
        run,
        system,
        settings,
        asked,
        ssh_config,
        instant(since, now_s, "--since") if since else float("nan"),
        instant(until, now_s, "--until") if until else float("nan"),
        redact,
        _by_target(asked),
        redactor,
    )
    if found.until_s <= found.since_s:
        raise UsageError("--until is not after --since", hint="give the window of the load")
    return found


def config_of(run: Path, config: Path | None) -> Path:
    """The diagnose.toml that is meant.

    Raises:
        UsageError: there is none.
    """
    places = [config] if config else [original(run) or run / NAME, Path(NAME)]
    for place in places:
        if place.is_file():
            return place
    raise UsageError(
        f"{' and '.join(str(place) for place in places)} do{'es' * (len(places) == 1)} not exist",
        hint="`diagnose init HOST…` writes one: which machines there are, and who sends to whom",
    )


def _keep_config(path: Path, run: Path, redactor: Redactor | None) -> None:
    """The run is read with the diagnose.toml that it was collected with."""
    if redactor is not None:
        keep_config(redactor, path, run)
        return
    kept = run / NAME
    if kept.exists() and kept.samefile(path):
        return
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{run} cannot be made a folder ({error.strerror})", hint="name another folder"
        ) from None
    write_whole(kept, path.read_bytes())


def _asked(system: Topology, settings: Settings, only: tuple[str, ...]) -> tuple[Part, ...]:
    parts = [Part(c.name, c.role, settings.places[c.name]) for c in system.components]
    known = {name for part in parts for name in (part.name, part.place.host) if name}
    for name in only:
        if name not in known:
            raise UsageError(
                f"diagnose.toml knows no host {name!r}", hint=f"use: {', '.join(sorted(known))}"
            )
    return tuple(p for p in parts if not only or {p.name, p.place.host} & set(only))


def _by_target(parts: tuple[Part, ...]) -> dict[Target, tuple[Part, ...]]:
    """Components that one session serves."""
    found: dict[Target, tuple[Part, ...]] = {}
    for part in parts:
        target = part.place.target()
        if target is not None:
            found[target] = (*found.get(target, ()), part)
    return found


def instant(text: str, now_s: float, option: str) -> float:
    """A moment: ISO 8601 (of this machine's zone where it has none), epoch seconds, or "30 min".

    Raises:
        UsageError: it is none.

    >>> instant("90m", 10_000.0, "--since"), instant("1700000000.5", 0.0, "--since")
    (4600.0, 1700000000.5)
    """
    ago = _AGO.fullmatch(text.strip())
    if ago:
        return now_s - float(ago[1]) * _UNITS[ago[2]]
    try:
        if re.fullmatch(r"\d{9,10}(\.\d+)?", text.strip()):
            return float(text)
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        hint = 'write it as "2026-03-01T10:00:00+01:00", as epoch seconds, or as "30m" ago'
        raise UsageError(f"{option} {text!r} is no time", hint=hint) from None
