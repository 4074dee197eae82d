"""The house keeps its order: who may import whom, and what every rule must say."""

from __future__ import annotations

import ast
import doctest
import importlib
from pathlib import Path

import pytest

from diagnose.metrics import LIMITS, METRICS, RESOURCES
from diagnose.model import ROLES
from diagnose.plugins import COLLECTORS, GIVES, REPORTS, RULES, best_command, load

ROOT = Path(__file__).parent.parent
WINGS = ("collectors", "rules", "reports")
HOUSE = {"diagnose", *WINGS}
# Floors of the engine, the ground floor first. A module imports its own floor or lower ones.
FLOORS = (
    ("errors", "units", "metrics", "filenames", "wholefile", "installed"),
    (
        "readings",
        "stamps",
        "badlines",
        "onset",
        "scalability",
        "staircase",
        "fetches",
        "hostfilters",
        "hosts",
    ),
    ("collection", "rawfile", "model", "delimited", "failures", "loadrows"),
    ("case", "admission"),
    ("plugins",),
    ("derived",),
    ("declared", "places", "userrules", "testing"),
    ("grid", "rundir", "topology", "spelling", "tiers", "whiten", "shapes", "breaks", "inflect"),
    ("manifest", "manifest_json"),
    ("levels",),
    ("rungs", "births"),
    ("telling", "loadtools"),
    ("ingest", "ladder", "capacity", "rank", "ceilings", "fingerprint"),
    ("addresses",),
    ("collected", "offsets", "drift", "uncollected"),
    ("clock", "guess", "fitness", "loadfitness", "loadwords", "charge"),
    ("suspects", "skew"),
    ("copies", "unmeasured"),
    ("judge", "verdict", "gather"),
    ("loadseries", "loadparts"),
    ("sametest",),
    ("trials",),
    ("loadclock", "loadlevels"),
    ("loadchoice",),
    ("loadsummary",),
    ("loadcurve", "symptom"),
    ("signals", "timeline"),
    ("analyze", "thresholds", "output", "recipe", "newrule"),
    ("collect", "effects", "differences"),
    ("told",),
    ("compare",),
    ("compare_text",),
    (
        "commands_hosts",
        "commands_rules",
        "commands_compare",
    ),
    ("cli",),
)
FLOOR = {room: i for i, rooms in enumerate(FLOORS) for room in rooms}
# A wing knows these rooms and no others; no wing knows another.
GROUND = {room for rooms in FLOORS[:5] for room in rooms}
SECTIONS = ("What it says:", "Why it matters:", "How it decides:", "What fools it:", "Source:")
# Heavy libraries may be imported at the top of no module that the command line loads.
HEAVY = {"pandas", "scipy", "matplotlib", "paramiko", "typst", "pyarrow"}

for wing in WINGS:
    load(wing)


def modules_asked(tree: ast.AST) -> set[str]:
    asked: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            asked |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            asked.add(module)
            if module == "diagnose":
                asked |= {f"diagnose.{alias.name}" for alias in node.names}
    return asked


def top_imports(tree: ast.Module) -> set[str]:
    asked: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            asked |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            asked.add((node.module or "").split(".")[0])
    return asked


def wing_files() -> list[Path]:
    return [path for wing in WINGS for path in sorted((ROOT / wing).glob("*.py"))]


def engine_files() -> list[Path]:
    return [p for p in sorted((ROOT / "diagnose").rglob("*.py")) if p.stem != "__init__"]


def room_of(path: Path) -> str:
    """A file of the engine, or the folder that it stands in: diagnose/hosts/ssh.py is hosts."""
    return path.relative_to(ROOT / "diagnose").parts[0].removesuffix(".py")


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", wing_files(), ids=named)
def test_a_wing_leans_on_the_ground_floor_and_itself_only(path):
    asked = {m for m in modules_asked(ast.parse(path.read_text())) if m.split(".")[0] in HOUSE}
    allowed = {f"diagnose.{room}" for room in GROUND} | {"diagnose"}
    own = f"diagnose.{path.parent.name}"
    strange = {m for m in asked if m not in allowed and m != own and not m.startswith(f"{own}.")}
    strange -= {m for m in asked if m == "diagnose" or m == "diagnose.__version__"}
    assert not strange


@pytest.mark.parametrize("path", engine_files(), ids=named)
def test_arrows_in_the_engine_run_one_way(path):
    room = room_of(path)
    assert room in FLOOR, f"say on which floor {path.name} stands"
    for module in modules_asked(ast.parse(path.read_text())):
        parts = module.split(".")
        if parts[0] != "diagnose" or len(parts) < 2 or parts[1].startswith("__"):
            continue
        assert parts[1] not in WINGS, f"{path.name} imports a wing by name: {module}"
        assert FLOOR[parts[1]] <= FLOOR[room], f"{path.name} imports upwards: {module}"


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def all_asked(tree: ast.AST) -> set[str]:
    """Modules, and what is imported from them, which may be modules of a folder."""
    froms = (n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and not n.level)
    return modules_asked(tree) | {f"{n.module}.{alias.name}" for n in froms for alias in n.names}


def test_there_is_no_circle_of_imports():
    rooms = {dotted(p): p for p in engine_files()}
    graph = {name: all_asked(ast.parse(p.read_text())) & rooms.keys() for name, p in rooms.items()}
    while graph:
        free = [room for room, asked in graph.items() if not asked & graph.keys() - {room}]
        assert free, f"a circle among {sorted(graph)}"
        for room in free:
            del graph[room]


@pytest.mark.parametrize("path", [*engine_files(), *wing_files()], ids=named)
def test_heavy_libraries_are_imported_where_they_are_used(path):
    assert not top_imports(ast.parse(path.read_text())) & HEAVY


@pytest.mark.parametrize("name", RULES)
def test_every_rule_says_the_five_things(name):
    rule = RULES[name]
    for section in SECTIONS:
        assert section in rule.doc, f"{name}: its docstring lacks '{section}'"
    assert rule.title.endswith("."), f"{name}: its first line is no sentence"


@pytest.mark.parametrize("name", RULES)
def test_every_rule_speaks_the_vocabulary(name):
    rule = RULES[name]
    assert rule.resource in RESOURCES
    assert set(rule.roles) <= set(ROLES)
    assert set(rule.explained_by) <= set(RESOURCES)
    for need in rule.needs:
        for asked in need.split("|"):
            known = asked.strip() in METRICS or asked.strip() in LIMITS
            assert known or asked.strip() == "statements" or "." in asked, f"{name} needs {asked}"


@pytest.mark.parametrize("name", RULES)
def test_every_rule_has_its_test_file(name):
    file = name.replace("-", "_")
    assert (ROOT / "tests" / f"test_rule_{file}.py").is_file()


@pytest.mark.parametrize("kind", COLLECTORS)
def test_every_collector_is_described_and_gives_its_source(kind):
    doc = COLLECTORS[kind].doc
    assert doc.strip()
    assert "ource:" in doc or "http" in doc, f"{kind}: say where the format is described"


@pytest.mark.parametrize("kind", [k for k, c in COLLECTORS.items() if c.role == "load_generator"])
def test_what_a_load_tool_wrote_says_whose_it_is_and_what_it_tells(kind):
    made = COLLECTORS[kind]
    assert made.tool and set(made.gives) <= set(GIVES)
    assert best_command(made.tool), f"no collector of {made.tool} names its best command line"


def test_there_are_reports():
    assert {"html", "pdf", "md", "json", "text"} <= set(REPORTS)


@pytest.mark.parametrize("path", wing_files(), ids=named)
def test_the_examples_in_docstrings_are_true(path):
    module = "" if path.stem == "__init__" else f".{path.stem}"
    name = f"diagnose.{path.parent.name}{module}"
    assert doctest.testmod(importlib.import_module(name)).failed == 0
