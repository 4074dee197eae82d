"""The script runs in a plain shell, and what it samples is read by its own collectors."""

import shutil
import signal
import subprocess

import pytest

from diagnose.errors import UsageError
from diagnose.ingest import ingest
from diagnose.model import ROLES
from diagnose.recipe import fetches, recipe
from diagnose.rundir import RunDirectory
from diagnose.topology import Settings

SHELLS = [["sh"], ["busybox", "ash"], ["bash", "--posix"]]


def a_shell(words: list[str]) -> list[str]:
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is missing")
    return words


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
@pytest.mark.parametrize("role", ["", *ROLES])
def test_every_recipe_is_valid_shell(role, shell):
    said = subprocess.run(
        [*a_shell(shell), "-n"], input=recipe(role), text=True, capture_output=True, check=False
    )
    assert (said.returncode, said.stderr) == (0, "")


def test_a_role_that_nobody_has_is_refused():
    with pytest.raises(UsageError, match="no role 'loadbalancer'"):
        recipe("loadbalancer")


def test_a_role_is_asked_for_what_it_has():
    assert any(fetch.file == "nginx_stub_status.txt" for fetch in fetches("lb"))
    assert not any(fetch.file == "nginx_stub_status.txt" for fetch in fetches("db"))


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_what_is_sampled_is_read(tmp_path, shell):
    out = tmp_path / "run" / "raw" / "host"
    script = tmp_path / "recipe.sh"
    script.write_text(recipe("app"))
    running = subprocess.Popen([*a_shell(shell), script, out])
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(4)
    running.send_signal(signal.SIGTERM)  # SIGINT is ignored where CI runs in the background
    assert running.wait(30) == 0
    done = ingest(RunDirectory.open(tmp_path / "run"), Settings())
    assert done.unrecognized == []
    assert [(s.path, s.bad.kept) for s in done.sources if s.error or s.bad.count] == []
    read = {s.path.rpartition("/")[2] for s in done.sources}
    assert {"proc_stat.txt", "proc_meminfo.txt", "proc_net_netstat.txt", "file_nr.txt"} <= read
    assert read <= {fetch.file for fetch in fetches("app")}
