"""`diagnose collect` from its command line, against real SSH servers on loopback addresses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ssh_hosts import ssh_hosts

DIAGNOSE = str(Path(sys.executable).with_name("diagnose"))
NAMES = ("lb1", "api")


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    with ssh_hosts(tmp_path_factory.mktemp("collect"), *NAMES) as started:
        started.add("edge", server="dropbear")
        yield started


@pytest.fixture
def here(tmp_path, hosts):
    """A folder with a diagnose.toml of these hosts, and one that nobody answers for."""
    lines = ['[components.client]\nrole = "load_generator"\nhost = "local"\nsends_to = ["edge"]\n']
    lines += ['[components.edge]\nrole = "router"\nsends_to = ["lb1"]\n']
    lines += ['[components.lb1]\nrole = "lb"\nsends_to = ["api"]\n']
    lines += ['[components.api]\nrole = "app"\n[components.db]\nrole = "db"\nhost = "127.0.0.1"\n']
    lines += ["port = 1\n[collect]\ninterval_s = 0.5\n"]
    (tmp_path / "diagnose.toml").write_text("".join(lines))
    return tmp_path


def collect(here, hosts, *words, **options):
    command = [DIAGNOSE, "collect", "run", "--ssh-config", str(hosts.config), *words]
    return subprocess.run(
        command, cwd=here, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
        **options,
    )  # fmt: skip


def manifest(here):
    return json.loads((here / "run" / "manifest.json").read_text())


def samples(here, name, file="proc_stat.txt"):
    """How many are in a raw file."""
    import gzip

    data = gzip.decompress((here / "run" / "raw" / name / f"{file}.gz").read_bytes())
    return data.count(b"\n# ") + data.startswith(b"# ")


def test_afterwards_each_host_gives_what_it_has_and_a_second_run_what_is_missing(here, hosts):
    done = collect(here, hosts, "--since", "1m")
    assert done.returncode == 0, done.stderr
    told = manifest(here)
    errors = {h["components"][0]: h["error"] for h in told["hosts"]}
    assert errors["db"] and not any(errors[name] for name in ("client", "edge", *NAMES))
    assert {samples(here, name) for name in ("edge", *NAMES)} == {1}
    assert not list((here / "run").rglob("*.part")) and not list(
        (here / "run").rglob("*.recording")
    )
    gone = here / "run" / "raw" / "lb1" / "proc_stat.txt.gz"
    kept = here / "run" / "raw" / "api" / "proc_stat.txt.gz"
    gone.unlink()
    before = kept.stat().st_mtime_ns
    again = collect(here, hosts, "--since", "1m")
    assert again.returncode == 0, again.stderr
    assert gone.exists() and kept.stat().st_mtime_ns == before
    verdict = subprocess.run([DIAGNOSE, "analyze", "run"], cwd=here, capture_output=True, text=True)
    assert verdict.returncode == 4, verdict.stderr  # there is no load test's result
    assert "db" in verdict.stdout


def test_under_a_load_that_it_runs_every_host_is_sampled(here, hosts):
    done = collect(here, hosts, "--", "sh", "-c", "echo from the load; sleep 3")
    assert done.returncode == 0, done.stderr
    assert "from the load" in done.stdout
    for name in ("client", "edge", *NAMES):
        assert samples(here, name) >= 4, name
    told = {h["components"][0]: h for h in manifest(here)["hosts"]}
    assert told["lb1"]["recorder"]["samples"] >= 4
    assert len(told["lb1"]["clock"]["begin"]) >= 5 and len(told["lb1"]["clock"]["end"]) >= 5
    refused = collect(here, hosts, "--", "true")
    assert refused.returncode == 2 and "recorded already" in refused.stderr


def test_a_host_that_is_lost_under_the_load_is_reached_again(here, hosts):
    command = [DIAGNOSE, "collect", "run", "--ssh-config", str(hosts.config)]
    process = subprocess.Popen(
        [*command, "--", "sleep", "14"], cwd=here, stderr=subprocess.PIPE, text=True
    )
    _until(lambda: _begun(here, "api"))
    time.sleep(1.5)
    hosts["api"].drop_connections()
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    gaps = [gap for gap in manifest(here)["gaps"] if gap["component"] == "api"]
    assert len(gaps) == 1 and "died" in gaps[0]["says"]
    assert gaps[0]["ended_s"] - gaps[0]["began_s"] < 10
    assert samples(here, "api") >= 6


def test_begin_comes_back_and_end_collects(here, hosts):
    began = collect(here, hosts, "--begin")
    assert began.returncode == 0, began.stderr
    assert "--end" in began.stderr
    busy = collect(here, hosts, "--begin")
    assert busy.returncode == 2 and "already" in busy.stderr
    time.sleep(2.0)
    ended = collect(here, hosts, "--end")
    assert ended.returncode == 0, ended.stderr
    assert "diagnose analyze" in ended.stderr
    assert samples(here, "lb1") >= 3
    assert not (here / "run" / ".collecting").exists()
    nothing = collect(here, hosts, "--end")
    assert nothing.returncode == 2 and "nothing is being recorded" in nothing.stderr


def test_interrupted_it_keeps_what_it_has(here, hosts):
    command = [DIAGNOSE, "collect", "run", "--ssh-config", str(hosts.config)]
    began = subprocess.run([*command, "--begin"], cwd=here, capture_output=True, text=True)
    assert began.returncode == 0, began.stderr
    time.sleep(2.0)
    pid = int((here / "run" / ".collecting" / "lock").read_text())
    os.kill(pid, signal.SIGKILL)
    _until(lambda: not _alive(pid))
    done = collect(here, hosts)
    assert done.returncode == 0, done.stderr
    assert "the load that was recorded" in done.stderr


def test_begin_says_what_went_wrong(tmp_path, hosts):
    (tmp_path / "diagnose.toml").write_text('[components.lb1]\nrole = "lb"\n')
    (tmp_path / "run" / "raw").mkdir(parents=True)
    (tmp_path / "run" / "manifest.json").write_text("{}")
    done = collect(tmp_path, hosts, "--begin")
    assert done.returncode == 3 and "manifest.json" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


def test_ended_from_outside_it_keeps_what_it_has(here, hosts):
    command = [DIAGNOSE, "collect", "run", "--ssh-config", str(hosts.config)]
    began = subprocess.run([*command, "--begin"], cwd=here, capture_output=True, text=True)
    assert began.returncode == 0, began.stderr
    time.sleep(2.0)
    pid = int((here / "run" / ".collecting" / "lock").read_text())
    os.kill(pid, signal.SIGTERM)
    _until(lambda: not _alive(pid))
    assert samples(here, "lb1") >= 3
    assert manifest(here)["ended_s"]


def test_a_dry_run_touches_nothing(here, hosts):
    done = collect(here, hosts, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "# lb1: lb1 by ssh" in done.stdout and "cat /proc/stat" in done.stdout
    assert not (here / "run").exists()


def test_where_nobody_answers_it_says_so(tmp_path, hosts):
    (tmp_path / "diagnose.toml").write_text('[components.x]\nhost = "127.0.0.1"\nport = 1\n')
    done = collect(tmp_path, hosts)
    assert done.returncode == 3
    assert "no host could be reached" in done.stderr and "Traceback" not in done.stderr


def test_a_run_without_a_diagnose_toml_names_init(tmp_path, hosts):
    done = collect(tmp_path, hosts)
    assert done.returncode == 2 and "diagnose init" in done.stderr


def test_a_load_needs_its_generator_here(tmp_path, hosts):
    (tmp_path / "diagnose.toml").write_text('[components.lb1]\nrole = "lb"\n')
    done = collect(tmp_path, hosts, "--", "true")
    assert done.returncode == 2 and 'host = "local"' in done.stderr


def _begun(here, name):
    if not (here / "run" / "manifest.json").exists():
        return False
    hosts = {host["components"][0]: host for host in manifest(here)["hosts"]}
    return name in hosts and hosts[name]["recorder"]["interval_s"] is not None


def _until(holds, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
