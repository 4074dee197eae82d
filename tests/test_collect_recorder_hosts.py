"""The recorder on real SSH servers: OpenSSH's, and dropbear on a host with BusyBox alone."""

from __future__ import annotations

import gzip
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from ssh_hosts import descendants, ssh_hosts

from diagnose.collect.loops import Recording, loops
from diagnose.collect.plan import Part, plan
from diagnose.hosts.connect import connect
from diagnose.hosts.session import Target
from diagnose.places import Place

SERVERS = ("sshd", "dropbear")
KERNEL = {"proc_stat.txt", "proc_meminfo.txt", "proc_vmstat.txt", "proc_net_netstat.txt"}


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    with ssh_hosts(tmp_path_factory.mktemp("recorder")) as started:
        for server in SERVERS:
            started.add(server, server=server)
        yield started


@pytest.fixture(params=SERVERS)
def host(hosts, request):
    return hosts[request.param]


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr("diagnose.collect.recorder.LIMIT_S", 1)


def recording_on(folder):
    wanted = plan([Part("api", "app", Place("h"))])
    return Recording.of(loops(wanted)[0], lambda _: folder, 2**24)


def alive(pids):
    return [pid for pid in pids if _state(pid) not in ("", "Z")]


def _state(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def is_server(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() in SERVERS
    except OSError:
        return False


def gone(pids, seconds=15.0):
    until = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(pids)


@pytest.fixture
def sampled(hosts, host, tmp_path):
    """A recording in the middle of its work, and the processes that it has there."""
    session = connect(Target(host.name), config=hosts.config)
    recording = recording_on(tmp_path)
    thread = threading.Thread(
        target=recording.run, args=(session,), kwargs={"interval_s": 0.2, "seconds": 60.0}
    )
    thread.start()
    until = time.monotonic() + 20
    while recording.cost.samples < 3 and time.monotonic() < until:
        time.sleep(0.02)
    assert recording.cost.samples >= 3
    there = [pid for pid in descendants(host.process.pid) if not is_server(pid)]
    assert alive(there)
    yield session, recording, thread, there
    recording.stop()
    session.close()
    thread.join(20)


def test_stopped_it_leaves_no_process_and_keeps_what_it_has(sampled, tmp_path):
    _, recording, thread, there = sampled
    recording.stop()
    thread.join(20)
    assert gone(there)
    stand = {one.fetch.file: one for one in recording.close()}
    assert set(stand) >= KERNEL
    text = gzip.decompress((tmp_path / "proc_stat.txt.gz").read_bytes())
    assert text.count(b"\ncpu0 ") == stand["proc_stat.txt"].samples >= 3


def test_when_we_die_nothing_is_left_there(sampled):
    session, _, thread, there = sampled
    session.close()
    thread.join(20)
    assert gone(there)


def test_when_the_server_of_the_connection_dies_nothing_is_left_there(sampled, host):
    _, recording, thread, there = sampled
    for pid in descendants(host.process.pid):
        if is_server(pid):
            os.kill(pid, signal.SIGKILL)
    thread.join(30)
    assert not thread.is_alive()
    assert recording.runs[-1].lost
    assert gone(there)
    assert {one.fetch.file for one in recording.close()} >= KERNEL


def test_it_is_niced_there(sampled):
    *_, there = sampled
    nices = [
        int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[16])
        for pid in alive(there)
        if b"sh" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert nices
    assert max(nices) >= 10


def test_one_output_before_the_load_and_one_after_it_go_into_one_file(hosts, host, tmp_path):
    session = connect(Target(host.name), config=hosts.config)
    try:
        recording = recording_on(tmp_path)
        for _ in range(2):
            assert recording.run(session).ok
        stand = recording.close()
    finally:
        session.close()
    assert {one.fetch.file for one in stand} >= KERNEL
    assert {one.samples for one in stand if one.fetch.file in KERNEL} == {2}


def test_what_is_sampled_on_a_host_with_busybox_alone_writes_no_file(hosts, tmp_path):
    host = hosts["dropbear"]
    root = hosts.folder / "dropbear"
    here = {str(p) for p in root.rglob("*") if not str(p).startswith(f"{root}/proc/")}
    session = connect(Target(host.name), config=hosts.config)
    try:
        recording = recording_on(tmp_path)
        assert recording.run(session, interval_s=0.2, seconds=0.6).ok
    finally:
        session.close()
    assert {one.fetch.file for one in recording.close()} >= KERNEL
    assert {str(p) for p in root.rglob("*") if not str(p).startswith(f"{root}/proc/")} == here
    lacking = {a.fetch.file: a.why for a in recording.answers if a.state == "n"}
    assert "tc_qdisc.txt" in lacking
    assert all(why for why in lacking.values())
