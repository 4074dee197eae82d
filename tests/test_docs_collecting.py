"""docs/collecting.md tells every key, every fetch and every option, and its examples are read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from collecting_page import PAGE, page

from diagnose import topology
from diagnose.cli import main
from diagnose.places import COLLECT_KEYS, DATABASES, PLACE_KEYS
from diagnose.topology import COMPONENT_KEYS, RUN_KEYS

TEXT = PAGE.read_text()


def _section(heading):
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def _fenced(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)


def test_its_tables_are_those_of_the_code():
    assert page() == TEXT, "run: python tests/collecting_page.py"


def test_each_key_of_a_component_and_of_collect_has_a_row_of_its_own():
    rows = set(re.findall(r"^\| `(\w+)` \|", _section("Every key"), re.M))
    assert rows == {*COMPONENT_KEYS, *PLACE_KEYS, *COLLECT_KEYS}


def test_each_database_is_named_and_each_key_of_run():
    section = _section("Every key")
    assert all(f'"{name}"' in section for name in DATABASES)
    assert all(f"`{key}`" in section for key in RUN_KEYS)


@pytest.mark.parametrize("name", ["init", "trust", "check", "collect"])
def test_each_option_of_its_commands_is_told(name):
    for option in main.commands[name].params:
        shown = [word for word in option.opts if word.startswith("--")]
        assert getattr(option, "hidden", False) or not shown or any(w in TEXT for w in shown), shown


def test_each_example_of_a_diagnose_toml_is_one(tmp_path):
    examples = [text for text in _fenced("toml") if "[components." in text]
    assert len(examples) >= 3
    for text in examples:
        (tmp_path / "diagnose.toml").write_text(text)
        assert topology.read(tmp_path / "diagnose.toml")[0].components


def test_its_links_lead_to_pages():
    for target in re.findall(r"\]\(([\w.-]+\.md)", TEXT):
        assert (PAGE.parent / target).exists(), target


@pytest.mark.parametrize("room", ["collect", "hosts"])
def test_each_module_of_the_rooms_stands_once_in_the_architecture(room):
    text = (PAGE.parent / "architecture.md").read_text()
    listed = re.findall(r"^- `(\w+)`: ", _of_room(text, room), re.M)
    modules = {path.stem for path in Path(topology.__file__).with_name(room).glob("*.py")}
    assert sorted(listed) == sorted(modules - {"__init__"})


def _of_room(text, room):
    return re.split(r"\n##+ ", text.partition(f"\n### diagnose/{room}")[2])[0]
