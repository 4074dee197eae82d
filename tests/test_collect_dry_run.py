"""`diagnose collect --dry-run` tells every command, and each script that finds out only once."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from diagnose.cli import main
from diagnose.collect.databases import preface
from diagnose.collect.plan import Part, plan
from diagnose.places import Place

ROLES = {"lb1": "lb", "db1": "db", "gen": "load_generator"}


@pytest.fixture
def shown(tmp_path):
    """host → its section, of hosts that nobody connects to."""

    def dry_run(extra=""):
        text = "".join(f'[components.{n}]\nrole = "{r}"\n{extra}' for n, r in ROLES.items())
        (tmp_path / "diagnose.toml").write_text(text)
        config = ["--config", str(tmp_path / "diagnose.toml")]
        done = CliRunner().invoke(main, ["collect", str(tmp_path / "run"), "--dry-run", *config])
        assert done.exit_code == 0, done.output
        assert not (tmp_path / "run").exists()
        return {name: _section(done.output, name) for name in ROLES}

    return dry_run


def _section(text, name):
    _, _, rest = text.partition(f"# {name}: {name} by ssh\n")
    return rest.partition(" by ssh\n")[0]


@pytest.mark.parametrize("extra", ["", "sudo = true\n"])
def test_what_is_found_out_first_stands_once_and_apart_from_the_commands(shown, extra):
    for name, text in shown(extra).items():
        first, _, commands = text.partition("## found out first\n")[2].partition("\n## once\n")
        asked = plan([Part(name, ROLES[name], Place(name))]).asked
        scripts = {one.fetch.prepare for one in asked if one.fetch.prepare}
        assert scripts
        for script in scripts:
            lines = [line for line in script.splitlines() if "$AS_ROOT" not in line]
            assert first.count(lines[0]) >= 1 and lines[-1] in first
            assert "\n".join(lines[-3:]) not in commands


def test_every_fetch_of_a_role_is_shown_with_its_command(shown):
    for name, text in shown().items():
        asked = plan([Part(name, ROLES[name], Place(name))], preface).asked
        for one in asked:
            assert f"\n{one.fetch.file}: " in text
            assert one.fetch.run.replace("$AS_ROOT ", "") in text


def test_sudo_stands_where_it_is_asked_for_and_nowhere_else(shown):
    assert all("sudo -n" not in text and "$AS_ROOT " not in text for text in shown().values())
    assert "conntrack_s.txt: sudo -n: sudo -n conntrack -S" in shown("sudo = true\n")["lb1"]


def test_no_section_stands_twice(shown):
    for text in shown().values():
        heads = [line for line in text.splitlines() if line.startswith("## ")]
        assert len(heads) == len(set(heads)) and len(heads) == 6
