"""diagnose.toml: the system under test, read, checked, and written for the user to correct."""

from __future__ import annotations

import math
import tomllib
import zoneinfo
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diagnose.errors import BadTopology
from diagnose.model import ROLES, Component, Topology

RUN_KEYS = {"name", "timezone", "begin", "end", "symptom", "description"}


@dataclass(frozen=True, slots=True)
class Settings:
    """What diagnose.toml says beyond the topology."""

    name: str = ""
    timezone: str = ""
    begin: str = ""  # ISO 8601; "" where the load generator's own window will do
    end: str = ""
    symptom: str = ""
    log_formats: dict[str, dict[str, str]] = field(default_factory=dict)  # component -> name -> it
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)  # component -> globs
    suppressed: tuple[str, ...] = ()  # rules that the user has switched off


def read(path: Path) -> tuple[Topology, Settings] | None:
    """Read a diagnose.toml; None where there is none.

    Raises:
        BadTopology: it is no TOML, or contradicts itself; the hint says where.
    """
    if not path.is_file():
        return None
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadTopology(f"{path.name} is no valid TOML: {error}", hint="mend that line") from None
    run, tables = data.get("run", {}), data.get("components", {})
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        raise _bad("components must be tables", "write [components.NAME] for each of them")
    topology = Topology(tuple(_component(name, table) for name, table in tables.items()))
    _check_arrows(topology)
    return topology, _settings(run, tables, data)


def _settings(run: dict[str, Any], tables: dict[str, Any], data: dict[str, Any]) -> Settings:
    formats = {
        name: {"diagnose.toml": table["log_format"]}
        for name, table in tables.items()
        if isinstance(table.get("log_format"), str)
    }
    sources = {n: tuple(t["sources"]) for n, t in tables.items() if _texts(t.get("sources"))}
    zone = str(run.get("timezone", ""))
    if zone:
        check_zone(zone, "run")
    return Settings(
        name=str(run.get("name", "")),
        timezone=zone,
        begin=str(run.get("begin", "")),
        end=str(run.get("end", "")),
        symptom=str(run.get("symptom", "")),
        log_formats=formats,
        sources=sources,
        suppressed=tuple(data.get("rules", {}).get("suppress", ())),
    )


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _component(name: str, table: dict[str, Any]) -> Component:
    role = table.get("role", "other")
    if role not in ROLES:
        raise _bad(f"{name} has the role {role!r}", f"use one of: {', '.join(ROLES)}")
    sends_to = table.get("sends_to", [])
    sends_to = [sends_to] if isinstance(sends_to, str) else sends_to
    if not _texts(sends_to):
        raise _bad(f"sends_to of {name} is no list of names", 'write sends_to = ["lb1"]')
    offset = table.get("clock_offset_s", math.nan)
    if not isinstance(offset, int | float) or isinstance(offset, bool):
        raise _bad(f"clock_offset_s of {name} is no number", "write seconds, such as 0.25")
    zone = str(table.get("timezone", ""))
    if zone:
        check_zone(zone, name)
    host = str(table.get("host", name))
    return Component(name, role, host, tuple(sends_to), zone, float(offset))


def check_zone(zone: str, whose: str) -> None:
    """Refuse a time zone that nobody knows.

    Raises:
        BadTopology: with the form that is expected.
    """
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise _bad(f"{whose}: unknown timezone {zone!r}", 'write it as "Europe/Berlin"') from None


def _check_arrows(topology: Topology) -> None:
    names = {c.name for c in topology.components}
    for component in topology.components:
        for target in component.sends_to:
            if target not in names:
                known = ", ".join(sorted(names))
                raise _bad(f"{component.name} sends to {target!r}, which is none", f"use: {known}")


def _bad(what: str, hint: str) -> BadTopology:
    return BadTopology(f"diagnose.toml: {what}", hint=hint)


def spell(topology: Topology, name: str, why: dict[str, str]) -> str:
    """A diagnose.toml for the user to correct; `why` gives a comment per component."""
    lines = [
        "# The system under test, as diagnose made it out from the files. Please correct it:",
        f"# roles are {', '.join(ROLES)};",
        "# sends_to names the components that requests go to next.",
        "[run]",
        f'name = "{name}"',
        'timezone = "UTC"   # of logs that bear no zone',
    ]
    for component in topology.components:
        targets = ", ".join(f'"{t}"' for t in component.sends_to)
        lines += [
            "",
            f"[components.{_key(component.name)}]   # {why.get(component.name, 'a folder')}",
            f'role = "{component.role}"',
            f"sends_to = [{targets}]",
        ]
        if component.timezone:
            lines.append(f'timezone = "{component.timezone}"')
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    bare = name.replace("-", "").replace("_", "")
    plain = bare.isascii() and bare.isalnum()
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return name if plain else f'"{escaped}"'
