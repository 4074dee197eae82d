"""The script runs in a plain shell, and what it samples is read by its own collectors."""

import shutil
import subprocess

import pytest

from diagnose.errors import UsageError
from diagnose.ingest import ingest
from diagnose.model import ROLES
from diagnose.recipe import EACH_SECOND, ONCE, recipe
from diagnose.rundir import RunDirectory
from diagnose.topology import Settings


@pytest.mark.parametrize("role", ["", *ROLES])
def test_every_recipe_is_valid_shell(role, tmp_path):
    script = tmp_path / "recipe.sh"
    script.write_text(recipe(role))
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0


def test_a_role_that_nobody_has_is_refused():
    with pytest.raises(UsageError, match="no role 'loadbalancer'"):
        recipe("loadbalancer")


def test_what_is_sampled_is_read(tmp_path):
    if shutil.which("timeout") is None:
        pytest.skip("timeout (coreutils) is missing")
    script, out = tmp_path / "recipe.sh", tmp_path / "run" / "raw" / "host"
    script.write_text(recipe("app"))
    subprocess.run(["timeout", "4", "sh", script, out], check=False, capture_output=True)
    done = ingest(RunDirectory.open(tmp_path / "run"), Settings())
    assert done.unrecognized == []
    assert [s.path for s in done.sources if s.error or s.bad.count] == []
    read = {s.path.rpartition("/")[2] for s in done.sources}
    assert {"stat.txt", "meminfo.txt", "netstat.txt", "file_nr.txt"} <= read
    assert read <= {one.file for one in (*EACH_SECOND, *ONCE)}
