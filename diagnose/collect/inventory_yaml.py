"""An Ansible inventory in YAML: groups with `hosts`, `children` and `vars`, one in another."""

from __future__ import annotations

import re
from typing import Any

from diagnose.collect.inventory_groups import Group, expanded
from diagnose.errors import UsageError

DEPTH = 50  # groups in groups
_ENDINGS = (".yml", ".yaml", ".json")
_BEGINS = re.compile(r"\s*(?:---|\{|[\w\"'.-]+\s*:\s*(?:#.*)?$)", re.MULTILINE)
_COMMENTS = re.compile(r"\A(?:\s*#[^\n]*\n)*")


def looks_like_yaml(name: str, text: str) -> bool:
    """By its name, else by its first line.

    >>> looks_like_yaml("hosts", "# ours\\nall:\\n  hosts:\\n"), looks_like_yaml("hosts", "[lb]\\n")
    (True, False)
    """
    if name.lower().endswith(_ENDINGS):
        return True
    return _BEGINS.match(_COMMENTS.sub("", text)) is not None


def groups_of_yaml(text: str, where: str) -> dict[str, Group]:
    """Groups by name.

    Raises:
        UsageError: it is no YAML, or not that of an inventory.
    """
    groups: dict[str, Group] = {}
    data = _loaded(text, where)
    if not isinstance(data, dict):
        raise _no_inventory(where, "it is no table of groups")
    for name, body in data.items():
        _take(str(name), body, groups, where, DEPTH)
    return groups


def _loaded(text: str, where: str) -> Any:
    import yaml

    class Loader(yaml.SafeLoader):
        """Vaults and other tags of Ansible's are read as nothing: they are secrets."""

    Loader.add_multi_constructor("!", lambda *_: None)
    try:
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = f"line {mark.line + 1} of {where}" if mark else where
        said = getattr(error, "problem", None) or "it cannot be read"
        raise UsageError(f"{at} is no YAML: {said}", hint="mend that line") from None
    except (RecursionError, ValueError):
        raise _no_inventory(where, "it cannot be read") from None


def _take(name: str, body: Any, groups: dict[str, Group], where: str, depth: int) -> None:
    if not depth:
        raise _no_inventory(where, f"{name} lies too deep")
    group = groups.setdefault(name, Group())
    if body is None:
        return
    if not isinstance(body, dict) or not body.keys() & {"hosts", "children", "vars"}:
        raise _no_inventory(where, f"{name} has neither hosts nor children nor vars")
    for host, told in _table(body.get("hosts"), name, where).items():
        for one in expanded(str(host), where):
            group.hosts.setdefault(one, {}).update(_table(told, one, where))
    for child, inner in _table(body.get("children"), name, where).items():
        group.children.append(str(child))
        _take(str(child), inner, groups, where, depth - 1)
    group.vars.update(_table(body.get("vars"), name, where))


def _table(value: Any, name: str, where: str) -> dict[Any, Any]:
    """A table; a list of names as one without values."""
    if value is None:
        return {}
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return dict.fromkeys(value)
    if not isinstance(value, dict):
        raise _no_inventory(where, f"what stands under {name} is no table")
    return value


def _no_inventory(where: str, why: str) -> UsageError:
    return UsageError(
        f"{where} is no inventory: {why}", hint="see `ansible-inventory --list --yaml`"
    )
