"""diagnose.toml: the system under test, read, checked, and written for the user to correct."""

from __future__ import annotations

import codecs
import difflib
import glob
import json
import math
import tomllib
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from diagnose.errors import BadTopology
from diagnose.model import ROLES, Component, Topology

RUN_KEYS = ("name", "timezone", "begin", "end", "symptom", "description")
COMPONENT_KEYS = (
    *("role", "host", "sends_to", "timezone", "clock_offset_s", "sources", "log_format"),
    *("sudo", "ssh", "user", "port", "description"),
)


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
    data = _loaded(path)
    run, tables, rules = (_table(data, name) for name in ("run", "components", "rules"))
    if not all(isinstance(table, dict) for table in tables.values()):
        raise _bad("components must be tables", "write [components.NAME] for each of them")
    _refuse_misspelt("run", run, RUN_KEYS)
    topology = Topology(tuple(_component(name, table) for name, table in tables.items()))
    _check_arrows(topology)
    return topology, _settings(run, tables, rules)


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
        raise _bad(f"{name} must be a table", f"write {expected} on a line of its own")
    return table


def _refuse_misspelt(where: str, table: dict[str, Any], known: tuple[str, ...]) -> None:
    """A key that looks like one of ours and is none would be passed over in silence."""
    for key in table:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.75)
        if near and key not in known:
            raise _bad(f"{where} has a key {key!r}", f"did you mean {near[0]}?")


def _settings(run: dict[str, Any], tables: dict[str, Any], rules: dict[str, Any]) -> Settings:
    formats = {
        name: {"diagnose.toml": table["log_format"]}
        for name, table in tables.items()
        if table.get("log_format")
    }
    zone = str(run.get("timezone", ""))
    if zone:
        check_zone(zone, "run")
    return Settings(
        name=str(run.get("name", "")),
        timezone=zone,
        begin=_instant(run, "begin"),
        end=_instant(run, "end"),
        symptom=str(run.get("symptom", "")),
        log_formats=formats,
        sources={n: _texts(n, "sources", t) for n, t in tables.items() if "sources" in t},
        suppressed=_texts("rules", "suppress", rules),
    )


def _texts(where: str, key: str, table: dict[str, Any]) -> tuple[str, ...]:
    value = table.get(key, [])
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise _bad(f"{key} of {where} is no list of names", f'write {key} = ["NAME"]')
    return tuple(value)


def _instant(run: dict[str, Any], key: str) -> str:
    text = str(run.get(key, ""))
    try:
        datetime.fromisoformat(text or "2026-03-01")
    except ValueError:
        raise _bad(
            f"{key} of run is {text!r}, which is no time", f'write {key} = "2026-03-01T10:00:00Z"'
        ) from None
    return text


def _component(name: str, table: dict[str, Any]) -> Component:
    role = table.get("role", "other")
    if role not in ROLES:
        raise _bad(f"{name} has the role {role!r}", f"use one of: {', '.join(ROLES)}")
    _refuse_misspelt(name, table, COMPONENT_KEYS)
    sends_to = _texts(name, "sends_to", table)
    offset = table.get("clock_offset_s", math.nan)
    if not isinstance(offset, int | float) or isinstance(offset, bool) or math.isinf(offset):
        raise _bad(f"clock_offset_s of {name} is no number", "write seconds, such as 0.25")
    if not isinstance(table.get("log_format", ""), str):
        raise _bad(f"log_format of {name} is no text", "copy it from nginx.conf, in quotes")
    zone = str(table.get("timezone", ""))
    if zone:
        check_zone(zone, name)
    host = str(table.get("host", name))
    return Component(name, role, host, sends_to, zone, float(offset))


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


def spell(
    topology: Topology,
    name: str,
    why: dict[str, str],
    files: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> str:
    """A diagnose.toml for the user to correct.

    why: a comment per component; files: those per component that lie in no host's folder.
    """
    lines = [
        "# The system under test, as diagnose made it out from the files. Please correct it:",
        f"# roles are {', '.join(ROLES)};",
        "# sends_to names the components that requests go to next.",
        "[run]",
        f"name = {_quoted(name)}",
        'timezone = "UTC"   # of logs that bear no zone',
    ]
    for component in topology.components:
        targets = ", ".join(_quoted(target) for target in component.sends_to)
        lines += [
            "",
            f"[components.{_key(component.name)}]   # {why.get(component.name, 'a folder')}",
            f'role = "{component.role}"',
            f"sends_to = [{targets}]",
        ]
        if files.get(component.name):
            lines += ["sources = [", *(_file(path) for path in files[component.name]), "]"]
        if component.timezone:
            lines.append(f'timezone = "{component.timezone}"')
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    bare = name.replace("-", "").replace("_", "")
    plain = bare.isascii() and bare.isalnum()
    return name if plain else _quoted(name)


def _file(path: str) -> str:
    return f"    {_quoted(glob.escape(path))},"


def _quoted(text: str) -> str:
    """A basic string of TOML: JSON's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
