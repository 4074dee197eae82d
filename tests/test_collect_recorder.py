"""The recorder in real shells: what it samples and costs, that it ends and leaves nothing."""

from __future__ import annotations

import gzip
import math
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from diagnose.collect.demultiplex import Demultiplexer
from diagnose.collect.loops import loops
from diagnose.collect.plan import Part, plan
from diagnose.collect.recorder import new_nonce, script, stream
from diagnose.collect.stamped import Routed
from diagnose.fetches import Fetch, When
from diagnose.places import Place

SHELLS = {
    "dash": ("dash", "-s"),
    "bash": ("bash", "--posix", "-s"),
    "busybox": ("busybox", "sh", "-s"),
}
STAT, LOAD = Fetch("stat.txt", "/proc/stat"), Fetch("load.txt", "/proc/loadavg")
WHO = Fetch("who.txt", "id -u")


@pytest.fixture(params=SHELLS)
def shell(request):
    command = SHELLS[request.param]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return command


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """The guard looks each second or two, so that nobody waits."""
    monkeypatch.setattr("diagnose.collect.recorder.LIMIT_S", 1)


def start(shell, text, **rest):
    """A recorder that reads its script as over SSH, in a session of its own."""
    process = subprocess.Popen(
        shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, **rest
    )
    process.stdin.write(text.encode())
    process.stdin.close()
    return process


def left_of(process):
    """Processes of its session that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session, *_ = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(session) == process.pid and state != "Z":
            found.append(int(entry.parent.name))
    return found


def await_end(process, seconds=10.0):
    until = time.monotonic() + seconds
    while (left := left_of(process)) and time.monotonic() < until:
        process.poll()
        time.sleep(0.05)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    process.wait(10)
    return left


def record(shell, folder, *fetches, without="", env=None, **rest):
    """All that a recorder sends, demultiplexed. without: a file of /proc that is not there."""
    nonce = new_nonce()
    sink = Demultiplexer([Routed(f, (folder,)) for f in fetches], nonce, limit_bytes=2**24)
    text = script(fetches, nonce=nonce, **rest)
    assert without in text
    process = start(shell, text.replace(without, "no-such-file") if without else text, env=env)
    sink(process.stdout.read())
    process.wait(10)
    assert not await_end(process, 4.0)
    return sink, {one.fetch.file: one for one in sink.close()}


def stamps(folder, name):
    text = gzip.decompress((folder / f"{name}.gz").read_bytes())
    return [float(at) for at in re.findall(rb"^# (\d+\.\d+)$", text, re.M)]


def test_each_sample_stands_under_the_time_at_which_it_was_taken(shell, tmp_path):
    began = time.time()
    sink, stand = record(shell, tmp_path, STAT, WHO, LOAD, interval_s=0.2, seconds=1.2)
    ended = time.time()
    assert set(stand) == {"stat.txt", "who.txt", "load.txt"}
    for name, recorded in stand.items():
        at = stamps(tmp_path, name)
        assert recorded.samples == len(at) >= 2
        assert at == sorted(at)
        assert began - 0.1 < at[0] <= at[-1] < ended + 0.1
    assert not sink.strange_marks
    assert [answer.state for answer in sink.answers] == ["y"] * 3
    assert b"cpu0 " in gzip.decompress((tmp_path / "stat.txt.gz").read_bytes())


def test_it_says_what_it_took_of_the_host(shell, tmp_path):
    sink, _ = record(shell, tmp_path, STAT, interval_s=0.2, seconds=1.2)
    cost = sink.cost
    assert cost.samples >= 2
    assert 0.3 < cost.seconds < 10
    assert 0 <= cost.cpu_s < cost.seconds


def test_a_host_lacks_what_fails_and_not_what_makes_no_sense_there(shell, tmp_path):
    missing = Fetch("a.txt", "no-such-program --all")
    senseless = Fetch("b.txt", "id", where="command -v no-such-program")
    gone = Fetch("c.txt", "/proc/no/such/file")
    sink, stand = record(shell, tmp_path, missing, senseless, gone, WHO)
    assert set(stand) == {"who.txt"}
    assert [answer.state for answer in sink.answers] == ["n", "w", "n", "y"]
    assert "not found" in sink.answers[0].why
    assert "No such file" in sink.answers[2].why


def test_a_file_that_opens_and_cannot_be_read_hides_none_behind_it(shell, tmp_path):
    speed = Fetch("speed.txt", "/sys/class/net/lo/speed")  # that of loopback is EINVAL
    sink, stand = record(shell, tmp_path, speed, STAT, LOAD)
    assert set(stand) == {"stat.txt", "load.txt"}
    assert [answer.state for answer in sink.answers] == ["n", "y", "y"]


@pytest.mark.parametrize("without", ["", "/children"])
def test_a_command_that_hangs_is_ended_and_the_others_go_on(shell, tmp_path, without):
    """Kernels without CONFIG_PROC_CHILDREN do not list a process's children."""
    hung = Fetch("hung.txt", "{ sleep 9876; } | cat", apart=True)
    sink, stand = record(shell, tmp_path, hung, WHO, without=without, interval_s=0.5, seconds=1.0)
    assert set(stand) == {"who.txt"}
    assert sink.answers[0].state in ("n", "y")


def test_samples_that_slow_commands_delay_are_counted(shell, tmp_path):
    slow = Fetch("slow.txt", "sleep 0.4; echo 1")
    sink, stand = record(shell, tmp_path, slow, interval_s=0.2, seconds=1.5)
    assert stand["slow.txt"].samples
    assert sink.cost.late >= 1
    assert sink.cost.longest_s > 0.39


def test_a_sleep_of_whole_seconds_alone_is_made_do_with(tmp_path):
    (tmp_path / "bin").mkdir()
    sleep = tmp_path / "bin" / "sleep"
    sleep.write_text('#!/bin/sh\ncase $1 in *.*) exit 1 ;; esac\nexec /bin/sleep "$1"\n')
    sleep.chmod(0o755)
    env = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    sink, stand = record(SHELLS["dash"], tmp_path, STAT, env=env, interval_s=1.0, seconds=2.0)
    assert stand["stat.txt"].samples == sink.cost.samples
    assert sink.cost.samples in (2, 3)


def test_it_ends_with_its_reader_and_leaves_no_process(shell):
    process = start(shell, script([STAT, WHO], nonce="n", interval_s=0.2, seconds=600.0))
    process.stdout.read(4096)
    process.stdout.close()
    assert not await_end(process)


def test_it_ends_when_its_parent_has_gone_whatever_hangs(shell):
    """sshd's process ends with the connection, and a command that hangs writes nothing."""
    text = stream(Fetch("s.txt", "sleep 9876 | cat", streams=True), seconds=600.0)
    reader, writer = os.pipe()
    process = subprocess.Popen(
        ("sh", "-c", 'exec 3<&0; "$@" <&3 & sleep 1.5', "sh", *shell),
        stdin=reader,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(reader)
    os.write(writer, text.encode())
    os.close(writer)
    process.wait(10)
    assert left_of(process)
    assert not await_end(process, 12.0)


def test_a_command_that_stamps_itself_ends_when_its_time_is_over(shell, monkeypatch):
    monkeypatch.setattr("diagnose.collect.recorder.STARTING_S", 0)
    process = start(shell, stream(Fetch("s.txt", "sleep 9876 | cat", streams=True), seconds=1.0))
    assert not await_end(process, 12.0)


def test_it_writes_no_file_and_changes_none(tmp_path):
    """`nginx -T` opens its logs and its pid file as it does when it starts, and writes nothing."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    calls = (
        "trace=execve,openat,open,creat,unlink,unlinkat,rename,renameat2,mkdir,mkdirat,chmod,"
        "fchmod,fchmodat,chown,fchownat,truncate,ftruncate,link,linkat,symlink,symlinkat,mknodat"
    )
    wanted = plan([Part(role, role, Place("local")) for role in ("db", "lb", "app")])
    ran = set()
    for n, loop in enumerate(one for one in loops(wanted, *When) if not one.streams):
        log = tmp_path / f"calls{n}"
        shell = ("strace", "-f", "-o", str(log), "-e", calls, "sh", "-s")
        process = start(shell, loop.script(nonce="n"))
        process.stdout.read()
        process.wait(20)
        programs = {}
        for line in log.read_text().splitlines():
            pid = line.partition(" ")[0]
            if found := re.search(r'execve\("([^"]+)"', line):
                programs[pid] = os.path.basename(found[1])
            assert not _changes(line) or programs.get(pid) == "nginx", line
        ran |= set(programs.values())
    assert {"tail", "date"} <= ran


def _changes(line: str) -> bool:
    """A call that succeeded and could change a file."""
    call = re.search(r"\b(\w+)\((.*)(?:\) += (?!-)\d|<unfinished)", line)
    if call is None or call[1] == "execve" or re.search(r'"/dev/(?:null|tty)"', line):
        return False
    opens = call[1] in ("open", "openat")
    return not opens or bool(re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", call[2]))


def test_the_cost_of_a_single_sample_is_not_known(tmp_path):
    sink, _ = record(SHELLS["dash"], tmp_path, STAT)
    assert math.isnan(sink.cost.cpu_s)
