"""Machines of an Ansible inventory, INI or YAML; the role of each is guessed from its groups.

Taken are names, addresses, users, ports and key files. Passwords and vaults are not looked at.

Source: https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from diagnose.collect.inventory_groups import MOST_HOSTS, Group
from diagnose.collect.inventory_ini import groups_of_ini
from diagnose.collect.inventory_yaml import groups_of_yaml, looks_like_yaml
from diagnose.collect.machines import Machine
from diagnose.collect.rolenames import role_by_name
from diagnose.errors import UsageError

MOST_BYTES = 16 * 2**20
EVERYBODY = ("all", "ungrouped")
_TEMPLATE = re.compile(r"\{\{|\{%")
# What is asked for → Ansible's names for it, the newer first.
_KEYS = {
    "host": ("ansible_host", "ansible_ssh_host"),
    "user": ("ansible_user", "ansible_ssh_user"),
    "port": ("ansible_port", "ansible_ssh_port"),
    "identity": ("ansible_ssh_private_key_file", "ansible_private_key_file"),
}
_JUMPS = ("ansible_ssh_common_args", "ansible_ssh_extra_args", "ansible_ssh_args")


def inventory(path: Path) -> list[Machine]:
    """The machines of a file, in its order.

    Raises:
        UsageError: the file cannot be read, or is no inventory.
    """
    text = _text(path)
    read = groups_of_yaml if looks_like_yaml(path.name, text) else groups_of_ini
    groups = read(text, path.name)
    found = _machines(groups, path.name)
    if not found:
        what = f"{path} names no host"
        raise UsageError(what, hint="name an inventory in INI or YAML, with hosts in its groups")
    return found


def _text(path: Path) -> str:
    if path.is_dir():
        hint = f"`ansible-inventory -i {path} --list --yaml` makes one file of it; name that"
        raise UsageError(f"{path} is a folder", hint=hint)
    try:
        raw = path.read_bytes()[: MOST_BYTES + 1]
        if raw.startswith(b"#!"):
            hint = f"`ansible-inventory -i {path} --list --yaml` prints what it makes; name that"
            raise UsageError(f"{path} is a program, which is not run", hint=hint)
        if len(raw) > MOST_BYTES:
            raise UsageError(f"{path} is too large for an inventory", hint="name another file")
        return raw.decode("utf-8-sig")
    except OSError as error:
        what = f"{path} cannot be read ({error.strerror})"
        raise UsageError(what, hint="name the inventory with --inventory") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text in UTF-8", hint="name an inventory") from None


def _machines(groups: Mapping[str, Group], where: str) -> list[Machine]:
    names = list(dict.fromkeys(name for group in groups.values() for name in group.hosts))
    if len(names) > MOST_HOSTS:
        raise UsageError(f"{where} names more than {MOST_HOSTS:,} hosts", hint="name fewer")
    parents: dict[str, list[str]] = {}
    for name, group in groups.items():
        for child in group.children:
            parents.setdefault(child, []).append(name)
    return [_machine(name, groups, parents, where) for name in names]


def _machine(
    name: str, groups: Mapping[str, Group], parents: Mapping[str, list[str]], where: str
) -> Machine:
    levels = _levels(name, groups, parents)
    told: dict[str, Any] = dict(groups["all"].vars) if "all" in groups else {}
    for level in reversed(levels):  # what is nearer to the host wins
        for group in level:
            told.update(groups[group].vars)
    for group_of in groups.values():
        told.update(group_of.hosts.get(name, {}))
    inside = [g for level in levels for g in level if g not in EVERYBODY]
    role, by, unsaid = _role(name, levels)
    why = f"{'group' if len(inside) < 2 else 'groups'} {', '.join(inside)} of {where}"
    found = Machine(name, role=role, by=by, why=why if inside else where, unsaid=unsaid)
    return _reached(found, told)


def _levels(
    name: str, groups: Mapping[str, Group], parents: Mapping[str, list[str]]
) -> list[list[str]]:
    """Its groups, then the groups around these, and so on."""
    level = [group for group in groups if name in groups[group].hosts]
    seen, levels = set(level), []
    while level:
        levels.append(level)
        above = [up for group in level for up in parents.get(group, ()) if up not in seen]
        level = list(dict.fromkeys(above))
        seen |= set(level)
    return levels


def _role(name: str, levels: list[list[str]]) -> tuple[str, str, tuple[str, ...]]:
    """Role, what it was guessed from, and what to decide where the groups do not agree."""
    for level in levels:
        found = {role: group for group in level if (role := role_by_name(group))}
        if len(found) == 1:
            ((role, group),) = found.items()
            return role, f"its group {group}", ()
        if found:
            said = " or ".join(f"{role} (group {group})" for role, group in found.items())
            return "", "", (f'role = "…"   # {said}',)
    role = role_by_name(name)
    return role, "its name" if role else "", ()


def _reached(machine: Machine, told: Mapping[str, Any]) -> Machine:
    """How it is reached; what only Ansible can work out is left to the user."""
    unsaid = list(machine.unsaid)
    said: dict[str, str] = {}
    for key, names in _KEYS.items():
        value = next((str(told[n]) for n in names if told.get(n) not in (None, "")), "")
        if value and (_TEMPLATE.search(value) or not value.isprintable()):
            unsaid.append(f"{key} = …   # a template in the inventory: write what it stands for")
        elif value:
            said[key] = value
    port = said.pop("port", "")
    if port and not port.isdigit():
        unsaid.append(f"port = …   # the inventory says {port!r}")
    if str(told.get("ansible_connection", "")) == "local":
        said["host"] = "local"
    if any("proxy" in str(told.get(name, "")).lower() for name in _JUMPS):
        unsaid.append("reached by a jump host: write ProxyJump into ~/.ssh/config for it")
    return replace(
        machine,
        **said,  # type: ignore[arg-type]
        port=int(port) if port.isdigit() else 0,
        sudo=str(told.get("ansible_become", "")).lower() in ("true", "yes", "1"),
        unsaid=tuple(unsaid),
    )
