"""Commands over SSH: bytes as they are, within limits, whatever the host does meanwhile."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from paramiko.packet import Packetizer
from ssh_hosts import descendants, ssh_hosts

from diagnose.hosts.connect import connect
from diagnose.hosts.session import Target, output

# A host of OpenSSH, and one that has BusyBox, dropbear, no sftp and nothing else.
SERVERS = ("sshd", "dropbear")
IMPATIENT = ("ServerAliveInterval 1", "ServerAliveCountMax 2")


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    with ssh_hosts(tmp_path_factory.mktemp("run")) as started:
        for server in SERVERS:
            started.add(server, server=server)
        yield started


@pytest.fixture(scope="module", params=SERVERS)
def session(request, hosts):
    opened = connect(Target(request.param), config=hosts.config)
    yield opened
    opened.close()


def nowhere(_: bytes) -> None:
    """Output that is only counted."""


def test_output_status_and_errors_come_apart(session):
    done, said = output(session, "echo out; echo wrong >&2; exit 3")
    assert (said, done.stderr, done.status, done.ok) == (b"out\n", "wrong\n", 3, False)


def test_every_byte_comes_as_it_was(session):
    octal = "".join(f"\\{n:03o}" for n in range(256))
    assert output(session, f"printf '{octal}'")[1] == bytes(range(256))


def test_numbers_are_those_of_the_c_locale(session):
    assert output(session, 'echo "$LC_ALL"')[1] == b"C\n"


@pytest.mark.parametrize("command", ["yes", "cat /dev/zero"])
def test_endless_output_is_cut_exactly_at_the_limit(session, command):
    done = session.run(command, nowhere, limit=5_000_003)
    assert done.truncated
    assert done.bytes == 5_000_003
    assert output(session, "echo still here")[1] == b"still here\n"


def test_output_of_just_the_limit_is_whole(session):
    done = session.run("head -c 3000000 /dev/zero", nowhere, limit=3_000_000)
    assert done.ok
    assert done.bytes == 3_000_000


def test_more_than_fits_into_any_buffer_comes_whole(session):
    done = session.run("head -c 100000000 /dev/zero", nowhere, limit=10**9)
    assert done.ok
    assert done.bytes == 100_000_000


def test_a_sink_that_is_slow_holds_the_host_back(session):
    """Memory stays bounded: nothing is sent that was not asked for."""
    taken = threading.Event()
    received: list[int] = []

    def slow(_: bytes) -> None:
        if not received:
            before = -1
            while before != session.received:
                before = session.received
                taken.wait(0.3)
            received.append(before)

    begun = session.received
    assert session.run("head -c 50000000 /dev/zero", slow, limit=10**9).ok
    assert received[0] - begun < 5_000_000


def test_errors_are_kept_to_their_end_and_cannot_move_the_cursor(session):
    done, said = output(
        session, r"yes 0123456789 | head -300000 >&2; printf '\033[2Jend\r' >&2; echo"
    )
    assert len(done.stderr) < 4200
    assert done.stderr.endswith("\\x1b[2Jend\\x0d")
    assert said == b"\n"


def test_a_command_that_takes_too_long_is_given_up(session):
    done, said = output(session, "echo begun; sleep 20", seconds=0.5)
    assert (said, done.timed_out, done.status) == (b"begun\n", True, None)


def test_one_is_stopped_when_the_caller_says_so(session):
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    done = session.run("while :; do echo x; sleep 0.1; done", nowhere, stop=stop)
    assert done.status is None
    assert done.bytes > 0
    assert not (done.timed_out or done.truncated or done.lost)


def test_input_is_given_and_closed(session):
    parts: list[bytes] = []
    assert session.run("wc -c", parts.append, stdin=b"x" * 5_000_000).ok
    assert b"".join(parts).strip() == b"5000000"


def test_input_and_output_larger_than_any_window_pass_each_other(session):
    done = session.run("cat", nowhere, stdin=b"x" * 6_000_000)
    assert done.ok
    assert done.bytes == 6_000_000


def test_a_command_that_reads_no_input_is_none_the_worse(session):
    assert session.run("true", nowhere, stdin=b"x" * 5_000_000).ok


def test_without_input_there_is_none_to_wait_for(session):
    assert output(session, "cat")[0].ok


def test_more_commands_than_the_host_allows_at_a_time_wait_for_each_other(session):
    with ThreadPoolExecutor(30) as pool:
        said = list(pool.map(lambda n: output(session, f"sleep 0.2; echo {n}")[1], range(30)))
    assert said == [f"{n}\n".encode() for n in range(30)]


def test_a_host_that_allows_fewer_sessions_is_asked_again(hosts):
    hosts.add("narrow", options=("MaxSessions 2",))
    session = connect(Target("narrow"), config=hosts.config)
    with ThreadPoolExecutor(8) as pool:
        ended = list(pool.map(lambda _: output(session, "sleep 0.1")[0].ok, range(8)))
    assert all(ended)
    session.close()


def test_a_host_that_allows_no_session_in_time_is_said_so(hosts):
    hosts.add("one", options=("MaxSessions 1",))
    session = connect(Target("one"), config=hosts.config)
    stop = threading.Event()
    holder = threading.Thread(
        target=session.run, args=("sleep 20", nowhere), kwargs={"stop": stop, "seconds": 20}
    )
    holder.start()
    while not descendants_running(hosts["one"], "sleep"):
        stop.wait(0.05)
    done, _ = output(session, "true", seconds=1)
    stop.set()
    holder.join()
    assert done.timed_out
    assert "refuses another session" in done.stderr
    session.close()


def descendants_running(host, word: str) -> bool:
    for pid in descendants(host.process.pid):
        try:
            with open(f"/proc/{pid}/comm") as file:
                if word in file.read():
                    return True
        except OSError:
            continue
    return False


def test_keys_may_be_exchanged_anew_at_any_moment(hosts, monkeypatch):
    """A command that ended while they were took paramiko half a minute, and the connection."""
    monkeypatch.setattr(Packetizer, "REKEY_BYTES", 30_000)
    session = connect(Target("sshd"), config=hosts.config)
    for size in range(20_000, 80_000, 1_000):
        done = session.run(f"head -c {size} /dev/zero", nowhere)
        assert (done.ok, done.bytes) == (True, size)
    session.close()


def test_a_command_killed_by_a_signal_has_no_status(session):
    done, _ = output(session, "kill -9 $$")
    assert done.status is None
    assert not (done.ok or done.lost)


def test_a_host_that_dies_in_the_middle_is_lost(hosts):
    host = hosts.add("dies")
    session = connect(Target("dies"), config=hosts.config)
    begun = threading.Event()
    threading.Thread(target=lambda: (begun.wait(10), host.drop_connections())).start()
    done = session.run("echo first; sleep 20", lambda _: begun.set())
    assert done.lost
    assert (done.status, done.bytes) == (None, 6)
    assert output(session, "echo again")[0].lost
    session.close()


@pytest.mark.parametrize("server", SERVERS)
def test_a_host_that_hangs_in_the_middle_is_lost(hosts, server):
    host = hosts.add(f"hangs-{server}", server=server, user_config=IMPATIENT)
    session = connect(Target(host.name), config=hosts.config)
    begun = threading.Event()
    threading.Thread(target=lambda: (begun.wait(10), host.pause())).start()
    done = session.run("echo first; sleep 20", lambda _: begun.set(), seconds=60)
    host.resume()
    assert done.lost
    assert not done.timed_out
    assert done.stderr == "the host said nothing for 2 s"
    session.close()


def test_a_command_for_a_host_that_hangs_already_ends_in_its_time(hosts):
    host = hosts.add("hung")
    session = connect(Target("hung"), config=hosts.config)
    host.pause()
    done, _ = output(session, "echo never", seconds=0.7)
    host.resume()
    assert done.timed_out
    session.close()


def test_silence_alone_loses_nobody(hosts):
    hosts.add("silent", user_config=IMPATIENT)
    session = connect(Target("silent"), config=hosts.config)
    assert output(session, "sleep 2.7; echo done")[1] == b"done\n"
    session.close()


def test_a_command_that_writes_nothing_is_ended_there_too(hosts):
    """By a signal, which sshd passes on for all but root; dropbear always does."""
    session = connect(Target("dropbear"), config=hosts.config)
    session.run("sleep 7541", nowhere, seconds=0.3)
    left = output(session, "sleep 0.3; ps | grep -c '[s]leep 7541'")[1]
    assert left == b"0\n"
    session.close()


def test_noise_of_the_login_shell_is_no_output_of_commands(hosts):
    noisy = hosts.add("noisy", shell='sh -c "echo Welcome; eval \\"\\$2\\"" sh')
    session = connect(Target(noisy.name), config=hosts.config)
    done, said = output(session, "cat", limit=2)
    assert (said, done.bytes) == (b"", 0)
    assert output(session, "printf 'it\\n'")[1] == b"it\n"
    session.close()


def test_closing_twice_does_no_harm_and_ends_what_runs(hosts):
    session = connect(Target("sshd"), config=hosts.config)
    begun = threading.Event()
    threading.Thread(target=lambda: (begun.wait(10), session.close())).start()
    done = session.run("echo first; sleep 20", lambda _: begun.set())
    assert done.lost
    session.close()


def test_paramiko_keeps_its_own_log_to_itself(hosts, capfd):
    host = hosts.add("quiet")
    session = connect(Target("quiet"), config=hosts.config)
    os.kill(host.process.pid, signal.SIGKILL)
    host.drop_connections()
    output(session, "true")
    session.close()
    assert capfd.readouterr() == ("", "")
