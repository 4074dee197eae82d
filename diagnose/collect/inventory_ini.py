"""An Ansible inventory in INI: [group] of hosts, [group:children], [group:vars]."""

from __future__ import annotations

import re
import shlex
from typing import Any

from diagnose.collect.inventory_groups import Group, expanded
from diagnose.errors import UsageError

_SECTION = re.compile(r"\[([^\]:]+)(?::(hosts|children|vars))?\]\s*(?:[#;].*)?")
_PORT = re.compile(r"(?P<host>(?:[^:\[]|\[[^\]]*\])*):(?P<port>\d+)")


def groups_of_ini(text: str, where: str) -> dict[str, Group]:
    """Groups by name; hosts in front of the first are "ungrouped".

    Raises:
        UsageError: a line is none of an inventory.

    >>> groups = groups_of_ini("[web]\\nw[1:2] k=v # two\\n[web:vars]\\na = b c\\n", "x")
    >>> sorted(groups["web"].hosts), groups["web"].vars
    (['w1', 'w2'], {'a': 'b c'})
    """
    groups: dict[str, Group] = {}
    name, kind = "ungrouped", "hosts"
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        if section := _SECTION.fullmatch(line):
            name, kind = section[1].strip(), section[2] or "hosts"
            groups.setdefault(name, Group())
            continue
        group = groups.setdefault(name, Group())
        try:
            _take(group, kind, line, f"line {number} of {where}")
        except ValueError as error:
            what = f"line {number} of {where} is none of an inventory: {error}"
            raise UsageError(what, hint="name an inventory in INI or YAML") from None
    return groups


def _take(group: Group, kind: str, line: str, where: str) -> None:
    if kind == "children":
        group.children.append(_without_comment(line))
    elif kind == "vars":
        key, equals, value = line.partition("=")
        if not equals:
            raise ValueError("a variable without a value")
        group.vars[key.strip()] = _unquoted(_without_comment(value))
    else:
        _take_host(group, line, where)


def _take_host(group: Group, line: str, where: str) -> None:
    pattern, *rest = shlex.split(line, comments=True)
    if "=" in pattern or pattern.startswith(("[", "---", "{")) or pattern.endswith(":"):
        raise ValueError(f"{pattern!r} is no host")
    told: dict[str, Any] = {}
    if match := _PORT.fullmatch(pattern):
        pattern, told["ansible_port"] = match["host"], match["port"]
    for word in rest:
        key, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r} is no key=value")
        told[key] = value
    for name in expanded(pattern, where):
        group.hosts.setdefault(name.removeprefix("[").removesuffix("]"), {}).update(told)


def _without_comment(text: str) -> str:
    return re.sub(r"(?:^|\s)[#;].*", "", text).strip()


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
