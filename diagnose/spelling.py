"""diagnose.toml, written for the user to correct."""

from __future__ import annotations

import glob
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from diagnose.model import ROLES, Topology


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
        f"name = {quoted(name)}",
        'timezone = "UTC"   # of logs that bear no zone',
    ]
    for component in topology.components:
        targets = ", ".join(quoted(target) for target in component.sends_to)
        lines += [
            "",
            f"[components.{toml_key(component.name)}]   # {why.get(component.name, 'a folder')}",
            f'role = "{component.role}"',
            f"sends_to = [{targets}]",
        ]
        if files.get(component.name):
            lines += ["sources = [", *(_file(path) for path in files[component.name]), "]"]
        if component.timezone:
            lines.append(f'timezone = "{component.timezone}"')
    return "\n".join(lines) + "\n"


def toml_key(name: str) -> str:
    """A name as a key of TOML: bare where it may be."""
    bare = name.replace("-", "").replace("_", "")
    plain = bare.isascii() and bare.isalnum()
    return name if plain else quoted(name)


def _file(path: str) -> str:
    return f"    {quoted(glob.escape(path))},"


def quoted(text: str) -> str:
    """A basic string of TOML: JSON's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
