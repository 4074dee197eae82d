"""diagnose.toml: the system under test, read and checked."""

from __future__ import annotations

import codecs
import math
import tomllib
import zoneinfo
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from diagnose.declared import Declared, bad
from diagnose.errors import BadTopology
from diagnose.model import ROLES, Component, Topology
from diagnose.places import PLACE_KEYS, CollectSettings, Place, collect_settings, place

RUN_KEYS = ("name", "timezone", "begin", "end", "load_began", "symptom", "description")
COMPONENT_KEYS = (
    *("role", "sends_to", "timezone", "clock_offset_s", "sources", "log_format", "description"),
    *PLACE_KEYS,
)
# A run directory may come from anybody: what it says is read, and never run.
RULES_ARE_CODE = {"dir": "rules are programs, and no file of a run may start one: give --rules DIR"}
LAST_S = 253_402_300_799  # the last second of the year 9999


@dataclass(frozen=True, slots=True)
class Settings:
    """What diagnose.toml says beyond the topology."""

    name: str = ""
    timezone: str = ""
    begin: str = ""  # ISO 8601; "" where the load generator's own window will do
    end: str = ""
    load_began: tuple[tuple[str, str], ...] = ()  # glob of files -> when their load began
    symptom: str = ""
    log_formats: dict[str, dict[str, str]] = field(default_factory=dict)  # component -> name -> it
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)  # component -> globs
    suppressed: tuple[str, ...] = ()  # rules that the user has switched off
    places: dict[str, Place] = field(default_factory=dict)  # component -> where its data are got
    collect: CollectSettings = field(default_factory=CollectSettings)


def read(path: Path) -> tuple[Topology, Settings] | None:
    """Read a diagnose.toml; None where there is none.

    Raises:
        BadTopology: it is no TOML, or contradicts itself; the hint says where.
    """
    if not path.is_file():
        return None
    data = _loaded(path)
    run, tables, rules = (_table(data, name) for name in ("run", "components", "rules"))
    if not all(isinstance(table, dict) for table in tables.values()):
        raise bad("components must be tables", "write [components.NAME] for each of them")
    Declared("run", run).refuse_strange(RUN_KEYS)
    topology = Topology(tuple(_component(name, table) for name, table in tables.items()))
    _check_arrows(topology)
    Declared("rules", rules).refuse_strange(("suppress",), RULES_ARE_CODE)
    settings = _settings(Declared("run", run), tables, Declared("rules", rules))
    return topology, replace(settings, collect=collect_settings(_table(data, "collect")))


def _loaded(path: Path) -> dict[str, Any]:
    try:
        raw = path.read_bytes()
        marked = raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        return tomllib.loads(raw.decode("utf-16" if marked else "utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise BadTopology(f"{path.name} is no valid TOML: {error}", hint="mend that line") from None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        what = f"{path.name} is no valid TOML: line {line} is not UTF-8"
        raise BadTopology(what, hint="save the file as UTF-8") from None
    except OSError as error:
        what = f"{path.name} cannot be opened ({error.strerror})"
        raise BadTopology(what, hint="check its permissions") from None


def _table(data: dict[str, Any], name: str) -> dict[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        expected = "[components.NAME]" if name == "components" else f"[{name}]"
        raise bad(f"{name} must be a table", f"write {expected} on a line of its own")
    return table


def _settings(run: Declared, tables: dict[str, Any], rules: Declared) -> Settings:
    formats = {
        name: {"diagnose.toml": table["log_format"]}
        for name, table in tables.items()
        if table.get("log_format")
    }
    zone = str(run.values.get("timezone", ""))
    if zone:
        check_zone(zone, "run")
    return Settings(
        name=str(run.values.get("name", "")),
        timezone=zone,
        begin=_instant(run, "begin"),
        end=_instant(run, "end"),
        load_began=_beginnings(run),
        symptom=str(run.values.get("symptom", "")),
        log_formats=formats,
        sources={n: Declared(n, t).texts("sources") for n, t in tables.items() if "sources" in t},
        suppressed=rules.texts("suppress"),
        places={name: place(name, table) for name, table in tables.items()},
    )


def _instant(run: Declared, key: str) -> str:
    text = str(run.values.get(key, ""))
    try:
        datetime.fromisoformat(text or "2026-03-01")
    except ValueError:
        raise bad(
            f"{key} of run is {text!r}, which is no time", f'write {key} = "2026-03-01T10:00:00Z"'
        ) from None
    return text


def epoch_s(text: str, zone: str) -> float:
    """An instant of diagnose.toml; of `zone` ("" for UTC) where it names none itself.

    >>> epoch_s("2026-03-01T10:00:00", "Europe/Berlin") - epoch_s("2026-03-01T10:00:00Z", "")
    -3600.0
    """
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=zoneinfo.ZoneInfo(zone or "UTC"))).timestamp()


def _beginnings(run: Declared) -> tuple[tuple[str, str], ...]:
    """When the load of a tool began that writes no wall clock: of all files, or file by file.

    An instant as `begin` takes it, or epoch seconds as `date +%s.%N` writes them.
    """
    value = run.values.get("load_began", {})
    by_file = value if isinstance(value, dict) else {"*": value}
    return tuple(
        (file, _instant(Declared(run.where, {"load_began": _spelt_out(at)}), "load_began"))
        for file, at in by_file.items()
    )


def _spelt_out(at: Any) -> str:
    if isinstance(at, int | float) and not isinstance(at, bool) and 0 < at < LAST_S:
        return datetime.fromtimestamp(at, UTC).isoformat()
    return str(at)


def _component(name: str, table: dict[str, Any]) -> Component:
    told = Declared(name, table)
    role = table.get("role", "other")
    if role not in ROLES:
        raise bad(f"{name} has the role {role!r}", f"use one of: {', '.join(ROLES)}")
    told.refuse_strange(COMPONENT_KEYS)
    offset = told.number("clock_offset_s", math.nan, write="seconds, such as 0.25")
    if not isinstance(table.get("log_format", ""), str):
        raise bad(f"log_format of {name} is no text", "copy it from nginx.conf, in quotes")
    zone = str(table.get("timezone", ""))
    if zone:
        check_zone(zone, name)
    host = place(name, table).host or name
    return Component(name, role, host, told.texts("sends_to"), zone, offset)


def check_zone(zone: str, whose: str) -> None:
    """Refuse a time zone that nobody knows.

    Raises:
        BadTopology: with the form that is expected.
    """
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise bad(f"{whose}: unknown timezone {zone!r}", 'write it as "Europe/Berlin"') from None


def _check_arrows(topology: Topology) -> None:
    names = {c.name for c in topology.components}
    for component in topology.components:
        for target in component.sends_to:
            if target not in names:
                known = ", ".join(sorted(names))
                raise bad(f"{component.name} sends to {target!r}, which is none", f"use: {known}")
