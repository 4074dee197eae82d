"""What a host kept of itself is cut to the window: journal, kernel's log, sysstat's files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from host_logs import T0, log_of
from own_shell import OwnShell
from reading import kind_of, read

from diagnose.collect import journal, sysstat
from diagnose.collect.keeper import Keeper
from diagnose.collect.log_times import HostTime
from diagnose.collect.plan import Part
from diagnose.manifest import Manifest
from diagnose.places import Place

REMOTE = "/lib/systemd/systemd-journal-remote"
NOW = HostTime(0.0, T0 + 90_000)
PART = Part("api", "app", Place("api", unit="api.service"))


@pytest.fixture
def keeper(tmp_path):
    (tmp_path / "run" / "raw").mkdir(parents=True)
    return Keeper(tmp_path / "run", Manifest(tmp_path / "run"), 1 << 24)


def on_path(folder, **scripts):
    """A shell that finds these programs first."""
    folder.mkdir(exist_ok=True)
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return OwnShell(env={"PATH": f"{folder}:{os.environ['PATH']}", "LC_ALL": "C", "TZ": "UTC"})


def written(keeper, file):
    return (keeper.run / "raw" / "api" / file).read_bytes()


def failure(keeper):
    (one,) = keeper.manifest.failures
    return one


def exported(second, unit, text, transport="journal"):
    """An entry in journald's export format."""
    us = int((T0 + second) * 1e6)
    fields = {
        "__REALTIME_TIMESTAMP": us,
        "__MONOTONIC_TIMESTAMP": us - int(T0 * 1e6) + 10**9,
        "_BOOT_ID": "0" * 31 + "1",
        "_TRANSPORT": transport,
        "_HOSTNAME": "api",
        "PRIORITY": 4,
        "SYSLOG_IDENTIFIER": "kernel" if transport == "kernel" else "shop",
        "MESSAGE": text,
    }
    if unit:
        fields |= {"_SYSTEMD_UNIT": unit, "_PID": 812}
    return "".join(f"{name}={value}\n" for name, value in fields.items()) + "\n"


@pytest.fixture
def journaled(tmp_path):
    """A host whose journal is a real one, of our making."""
    if not os.path.exists(REMOTE) or shutil.which("journalctl") is None:
        pytest.skip("systemd-journal-remote is not installed")
    entries = "".join(
        exported(s, "api.service", f"panic: number {s}")
        + exported(s, "other.service", "panic: not mine")
        + exported(s, "", "TCP: out of memory -- consider tuning tcp_mem", "kernel")
        for s in range(0, 600, 10)
    )
    folder = tmp_path / "journal"
    folder.mkdir()
    command = [REMOTE, "-o", str(folder / "system.journal"), "-"]
    subprocess.run(command, input=entries.encode(), check=True, capture_output=True)
    program = shutil.which("journalctl")
    return on_path(tmp_path / "bin", journalctl=f'exec {program} -D {folder} "$@"')


def test_a_unit_s_journal_is_cut_to_the_window(journaled, keeper):
    journal.fetch_unit(journaled, PART, T0 + 200, T0 + 300, keeper)
    lines = written(keeper, "journal.log").decode().splitlines()
    told = [int(line.rpartition(" ")[2]) for line in lines]
    assert told == list(range(190, 311, 10)) and "not mine" not in str(lines)
    path = keeper.run / "raw" / "api" / "journal.log"
    assert kind_of(path) in ("syslog", "app_log")


def test_a_journal_that_is_silent_in_the_window_stands_empty(journaled, keeper):
    journal.fetch_unit(journaled, PART, T0 + 5000, T0 + 5100, keeper)
    assert written(keeper, "journal.log") == b"" and not keeper.manifest.failures


def test_the_kernel_s_messages_come_from_the_journal(journaled, keeper):
    journal.fetch_kernel(journaled, ["api", "db"], T0 + 200, T0 + 300, keeper, NOW)
    assert written(keeper, "kernel.log") == (keeper.run / "raw/db/kernel.log").read_bytes()
    path = keeper.run / "raw" / "api" / "kernel.log"
    assert kind_of(path) == "kernel_log"
    reading, _ = read(path, "kernel_log")
    (found,) = [o for o in reading.occurrences if "tcp_out_of_memory" in o.metric]
    assert found.at_s.tolist() == [T0 + s for s in range(190, 311, 10)] and not reading.naive


def test_a_user_who_may_not_see_the_journal_is_told_so(tmp_path, keeper):
    hint = "Hint: You are currently not seeing messages from other users and the system."
    shell = on_path(tmp_path / "bin", journalctl=f'echo "{hint}" >&2; echo "-- No entries --"')
    journal.fetch_unit(shell, PART, T0, T0 + 100, keeper)
    assert "no messages of others" in failure(keeper).why
    assert "systemd-journal" in failure(keeper).how


@pytest.mark.parametrize("awk", ["mawk", "gawk", "busybox"])
def test_without_a_journal_dmesg_is_put_on_the_wall_clock(tmp_path, keeper, awk, monkeypatch):
    if shutil.which(awk) is None:
        pytest.skip(f"{awk} is not installed")
    monkeypatch.setattr(journal, "FILES", ())
    up_s = float(Path("/proc/uptime").read_text().split()[0])
    said = f"<4>[{up_s - 5:12.6f}] TCP: out of memory\\n[{up_s - 3000:12.6f}] long ago"
    scripts = {"dmesg": f"printf '{said}\\n'", "journalctl": "exit 127"}
    session = on_path(tmp_path / "bin", **scripts)
    (tmp_path / "bin" / "awk").symlink_to(shutil.which(awk))
    now_s = time.time()
    journal.fetch_kernel(session, ["api"], now_s - 60, now_s, keeper, HostTime(0.0, now_s))
    path = keeper.run / "raw" / "api" / "kernel.log"
    assert b"long ago" not in path.read_bytes() and kind_of(path) == "kernel_log"
    reading, _ = read(path, "kernel_log")
    (found,) = [o for o in reading.occurrences if o.at_s.size]
    assert found.at_s[0] == pytest.approx(now_s - 5, abs=1.5)


def test_a_kernel_log_file_is_cut_where_there_is_no_journal(tmp_path, keeper, monkeypatch):
    (tmp_path / "kern.log").write_bytes(log_of(range(1000)))
    monkeypatch.setattr(journal, "FILES", (f"{tmp_path}/none", f"{tmp_path}/kern.log"))
    shell = on_path(tmp_path / "bin", journalctl="exit 127")
    journal.fetch_kernel(shell, ["api"], T0 + 100, T0 + 200, keeper, NOW)
    assert 100 <= written(keeper, "kernel.log").count(b"\n") <= 125


def test_what_nobody_lets_us_read_is_a_failure_with_a_way_out(tmp_path, keeper, monkeypatch):
    monkeypatch.setattr(journal, "FILES", ())
    denied = "echo 'dmesg: read kernel buffer failed: Operation not permitted' >&2; exit 1"
    shell = on_path(tmp_path / "bin", dmesg=denied, journalctl="exit 127")
    journal.fetch_kernel(shell, ["api"], T0, T0 + 100, keeper, NOW)
    assert failure(keeper).how and "not permitted" in failure(keeper).stderr


# sysstat


def sadc():
    for path in ("/usr/lib/sysstat/sadc", "/usr/lib64/sa/sadc", "/usr/lib/sa/sadc"):
        if os.path.exists(path) and shutil.which("sadf"):
            return path
    pytest.skip("sysstat is not installed")


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Four seconds that a real sadc recorded, in the file of today."""
    folder = tmp_path / "sa"
    folder.mkdir()
    began_s = time.time()
    day = time.strftime("%d", time.gmtime(began_s))
    subprocess.run([sadc(), "1", "5", str(folder / f"sa{day}")], check=True, env={"TZ": "UTC"})
    monkeypatch.setattr(sysstat, "FOLDERS", (str(tmp_path / "none"), str(folder)))
    return began_s


def stamps(path):
    (host,) = json.loads(path.read_bytes())["sysstat"]["hosts"]
    return [one["timestamp"]["time"] for one in host["statistics"] if "cpu-load" in one]


def test_sysstat_s_day_is_cut_to_the_window(recorded, tmp_path, keeper, monkeypatch):
    monkeypatch.setattr(sysstat, "AROUND_S", 0.0)
    shell = on_path(tmp_path / "bin")
    sysstat.fetch(shell, ["api"], recorded + 2, recorded + 3.5, keeper)
    (path,) = (keeper.run / "raw" / "api").glob("sadf_*.json")
    assert kind_of(path) == "sadf_json"
    kept, begin = stamps(path), time.strftime("%H:%M:%S", time.gmtime(recorded + 2))
    assert 1 <= len(kept) <= 3 and min(kept) >= begin
    reading, bad = read(path, "sadf_json")
    assert bad.count == 0 and any(s.metric.startswith("cpu.") for s in reading.samples)


def test_a_file_of_last_month_is_none_of_today(recorded, tmp_path, keeper):
    for path in (tmp_path / "sa").iterdir():
        os.utime(path, (recorded - 30 * 86_400,) * 2)
    sysstat.fetch(on_path(tmp_path / "bin"), ["api"], recorded, recorded + 5, keeper)
    assert failure(keeper).why == sysstat.ABSENT and "sysstat" in failure(keeper).how


def test_a_window_over_midnight_takes_both_days_in_the_host_s_zone():
    found = list(sysstat.pieces(T0 - 16_000, T0 - 14_000, 0.0))
    assert [p.day.day for p in found] == [22, 23] and found[0].end == found[1].begin == ""
    (one,) = sysstat.pieces(T0 - 16_000, T0 - 14_000, 7200.0)
    assert one.day.day == 23 and one.begin and one.end
