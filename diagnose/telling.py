"""What a collector can tell: the metrics and limits that its module speaks of.

Nobody lists them a second time: they are the words of the vocabulary in the texts of the
module, and of the private modules of its wing that it imports.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import re
from collections.abc import Iterator
from types import ModuleType

from diagnose.metrics import LIMITS, METRICS
from diagnose.plugins import COLLECTORS

STATEMENTS = "statements"  # as rules need them
VOCABULARY = (*METRICS, *LIMITS)
_WORD = re.compile(r"[\w.]+")
# What a module's columns become: requests the signals of a tier, statements themselves.
_COLUMNS = {
    "Requests": {name for name in METRICS if name.startswith("http.")},
    "Statements": {STATEMENTS},
}


@functools.cache
def can_tell(kind: str) -> frozenset[str]:
    """Names that a collector may give; empty for one that is none of ours."""
    made = COLLECTORS.get(kind)
    module = inspect.getmodule(made.parse) if made else None
    if module is None:
        return frozenset()
    trees = _trees(module, set())
    return frozenset(name for tree in trees for node in ast.walk(tree) for name in _names(node))


def _trees(module: ModuleType, seen: set[str]) -> list[ast.Module]:
    """A module, and what it imports from its own wing, without their docstrings."""
    seen.add(module.__name__)
    tree = ast.parse(inspect.getsource(module))
    out = [tree]
    for node in ast.walk(tree):
        for name in _asked(node, f"{module.__package__}."):
            if name not in seen:
                out += _trees(importlib.import_module(name), seen)
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [n for n in body if not _is_docstring(n)]  # type: ignore[attr-defined]
    return out


def _asked(node: ast.AST, package: str) -> list[str]:
    """Modules of its own wing that a statement imports."""
    if not isinstance(node, ast.ImportFrom) or node.level != 1:
        return []
    names = [node.module] if node.module else [alias.name for alias in node.names]
    return [package + name for name in names]


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _names(node: ast.AST) -> Iterator[str]:
    """What one node says of the vocabulary."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from (word for word in _WORD.findall(node.value) if word in VOCABULARY)
    elif isinstance(node, ast.JoinedStr):
        yield from _alike(node)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in ("message", "Messages") and isinstance(node.args[0], ast.Constant):
            head = f"message.{node.args[0].value!s}."
            yield from (name for name in METRICS if name.startswith(head))
        yield from _COLUMNS.get(node.func.id, ())


def _alike(text: ast.JoinedStr) -> Iterator[str]:
    """Names that a text with holes may become; one without a dot may become anything."""
    parts = [v.value if isinstance(v, ast.Constant) else None for v in text.values]
    if any(isinstance(p, str) and "." in p for p in parts):
        pattern = "".join(".+" if p is None else re.escape(str(p)) for p in parts)
        yield from (name for name in VOCABULARY if re.fullmatch(pattern, name))
