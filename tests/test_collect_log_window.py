"""Of a log on a host only the window comes over the wire, whatever the log and the host."""

from __future__ import annotations

import gzip
import lzma
import os
import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from host_logs import SHELLS, T0, Collected, clf, log_of, numbers, open_folder, session_of
from own_shell import OwnShell

from diagnose.collect.log_files import list_files
from diagnose.collect.log_times import HostTime
from diagnose.collect.log_window import SMALL, fetch_window
from diagnose.hosts.session import Target

NOW = HostTime(0.0, T0 + 90_000)
DAY = range(0, 40_000)


@pytest.fixture(params=SHELLS)
def host(request, tmp_path):
    return session_of(request.param, tmp_path / "busybox")


def window(session, path, begin, end, **options):
    """Lines of a window, given in seconds after T0, and how it went."""
    options = {"host": NOW, "slack_s": 0.0, **options}
    sink = Collected()
    got = fetch_window(session, str(path), T0 + begin, T0 + end, sink, **options)
    assert got.bytes_plain == sum(map(len, sink.parts))
    return sink.lines, got


def touch(path, after_s):
    os.utime(path, (T0 + after_s, T0 + after_s))


def test_a_window_of_a_long_log_is_found_to_the_line(host, tmp_path):
    (tmp_path / "access.log").write_bytes(log_of(DAY, per_second=2))
    for begin, end in ((20_000, 20_060), (0, 10), (39_990, 50_000), (-100, 3), (31, 32)):
        lines, got = window(host, tmp_path / "access.log", begin, end)
        wanted = [s for s in range(max(begin, 0), min(end, 40_000)) for _ in range(2)]
        assert numbers(lines) == wanted
        assert (got.first_s, got.last_s) == (T0 + wanted[0], T0 + wanted[-1])
        assert got.done.ok and not got.note and not got.truncated and got.round_trips <= 8
    size = (tmp_path / "access.log").stat().st_size
    assert size > 20 * SMALL and got.bytes_wire < size / 20


def test_a_window_outside_of_the_log_is_empty(host, tmp_path):
    (tmp_path / "access.log").write_bytes(log_of(DAY))
    for begin, end in ((50_000, 50_060), (-200, -100)):
        lines, got = window(host, tmp_path / "access.log", begin, end)
        assert lines == [] and got.done.ok and got.first_s != got.first_s


def test_a_log_in_which_nothing_was_written_since_is_not_even_read(host, tmp_path):
    (tmp_path / "access.log").write_bytes(log_of(DAY))
    touch(tmp_path / "access.log", 40_000)
    lines, got = window(host, tmp_path / "access.log", 50_000, 50_060)
    assert lines == [] and got.round_trips == 1 and "no file" in got.note


def test_rotated_files_that_reach_into_the_window_are_read_and_no_others(host, tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(log_of(range(30_000, 32_000)))
    (tmp_path / "access.log.1").write_bytes(log_of(range(20_000, 30_000)))
    for name, pack, seconds in (
        ("access.log.2.gz", gzip.compress, range(10_000, 20_000)),
        ("access.log.3.gz", gzip.compress, range(0, 10_000)),
    ):
        (tmp_path / name).write_bytes(pack(log_of(seconds)))
        touch(tmp_path / name, seconds.stop)
    (tmp_path / "access.log.bak").write_bytes(log_of(range(20_000, 30_000)))
    lines, got = window(host, log, 19_000, 31_000)
    assert numbers(lines) == list(range(19_000, 31_000))
    assert [part.path.rpartition("/")[2] for part in got.parts] == [
        "access.log.2.gz",
        "access.log.1",
        "access.log",
    ]


@pytest.mark.parametrize(
    "name", ["app-20261123.log.gz", "app.log-20261123.gz", "app.log.1.xz", "app.log.1.zst"]
)
def test_packed_files_are_read_where_the_host_unpacks_them_and_where_not(host, tmp_path, name):
    plain = log_of(range(0, 30_000))
    packed = {"gz": gzip.compress, "xz": lzma.compress, "zst": _zstd}[name.rpartition(".")[2]]
    (tmp_path / name).write_bytes(packed(plain))
    lines, got = window(host, tmp_path / "app.log", 12_000, 12_100)
    assert numbers(lines) == list(range(12_000, 12_100))
    assert got.done.ok or name.endswith("zst")
    assert got.bytes_wire < len(plain) / 5


def _zstd(plain: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor().compress(plain)


def test_lines_out_of_order_by_less_than_the_slack_are_all_there(host, tmp_path):
    lines = log_of(DAY).splitlines(keepends=True)
    for at in range(0, len(lines), 8):
        lines[at : at + 8] = reversed(lines[at : at + 8])
    (tmp_path / "access.log").write_bytes(b"".join(lines))
    found, _ = window(host, tmp_path / "access.log", 20_000, 20_100, slack_s=10.0)
    assert set(range(20_000, 20_100)) <= set(numbers(found))
    assert len(found) <= 140


def test_entries_of_several_lines_are_whole_at_both_edges(host, tmp_path):
    def entry(at_s, what):
        stamp = datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%S.000 UTC")
        return f"{stamp} [7] LOG:  GET /{what}\n\tFROM items\n\tWHERE a\n".encode()

    (tmp_path / "pg.log").write_bytes(log_of(DAY, entry))
    lines, _ = window(host, tmp_path / "pg.log", 20_000, 20_003)
    assert numbers(lines[::3]) == [20_000, 20_001, 20_002]
    assert lines[1::3] == [b"\tFROM items"] * 3 and len(lines) == 9


def test_slow_statements_are_whole_and_placed_by_when_they_ended(host, tmp_path):
    def entry(at_s, what):
        return (
            f"# User@Host: a[a] @  []\n# Thread_id: 1  Schema: s  QC_hit: No\n"
            f"# Query_time: 5.000000  Lock_time: 0.0  Rows_sent: 1  Rows_examined: 1\n"
            f"SET timestamp={at_s - 5:.0f};\nGET /{what};\n"
        ).encode()

    (tmp_path / "slow.log").write_bytes(log_of(DAY, entry))
    lines, _ = window(host, tmp_path / "slow.log", 20_000, 20_003)
    assert lines[0].startswith(b"# User@Host") and len(lines) == 15
    assert numbers(lines[4::5]) == [20_000, 20_001, 20_002]


def test_local_stamps_are_placed_by_the_zone_of_the_host(host, tmp_path):
    def entry(at_s, what):
        local = datetime.fromtimestamp(at_s + 9 * 3600, UTC).strftime("%Y/%m/%d %H:%M:%S")
        return f"{local} [error] 7#7: GET /{what}\n".encode()

    (tmp_path / "error.log").write_bytes(log_of(DAY, entry))
    tokyo = HostTime(9 * 3600.0, NOW.now_s)
    lines, _ = window(host, tmp_path / "error.log", 20_000, 20_003, host=tokyo)
    assert numbers(lines) == [20_000, 20_001, 20_002]


def test_a_log_without_times_gives_its_end_and_says_so(host, tmp_path):
    (tmp_path / "app.log").write_bytes(b"no time at all\n" * 1_000_000)
    lines, got = window(host, tmp_path / "app.log", 0, 10)
    assert 4_000_000 < got.bytes_plain < 4_300_000 and set(lines[1:]) == {b"no time at all"}
    assert "no times can be read" in got.note


def test_the_limit_cuts_at_the_end_of_a_line_and_is_told(host, tmp_path):
    (tmp_path / "access.log").write_bytes(log_of(DAY))
    lines, got = window(host, tmp_path / "access.log", 0, 40_000, limit=1_000_000)
    assert got.truncated and "limit" in got.note
    assert 999_000 < got.bytes_plain <= 1_000_000
    assert numbers(lines) == list(range(len(lines)))


def test_a_file_with_holes_is_searched_beyond_them(host, tmp_path):
    """10 GB that hold two short stretches of a log, as copytruncate leaves them."""
    log = tmp_path / "access.log"
    with log.open("wb") as file:
        file.seek(4_000_000_000)
        file.write(b"\n" + log_of(range(0, 2000)))
        file.seek(10_000_000_000)
        file.write(b"\n" + log_of(range(2000, 20_000)))
    lines, got = window(host, log, 2500, 2510)
    assert numbers(lines) == list(range(2500, 2510)) and got.bytes_wire < 1_000_000


def test_what_is_no_regular_file_is_not_opened(host, tmp_path):
    os.mkfifo(tmp_path / "access.log")
    (tmp_path / "error.log").symlink_to("/dev/zero")
    (tmp_path / "app.log").mkdir()
    for name in ("access.log", "error.log", "app.log"):
        lines, got = window(host, tmp_path / name, 0, 10)
        assert lines == [] and got.inode == 0 and got.note


def test_a_link_to_a_log_is_followed_and_read_once(host, tmp_path):
    (tmp_path / "today").write_bytes(log_of(range(100)))
    (tmp_path / "app.log").symlink_to("today")
    (tmp_path / "app.log.1").symlink_to("today")
    lines, got = window(host, tmp_path / "app.log", 10, 20)
    assert numbers(lines) == list(range(10, 20)) and len(got.parts) == 1


def test_names_are_never_taken_for_commands_or_paths(host, tmp_path):
    folder = tmp_path / "it's $(touch pwned) `x` *"
    folder.mkdir()
    names = (b"a b.log.1\n..\n", b"a b.log.2\xff", b"a b.log-1 -n", b"a b.log")
    for i, name in enumerate(names):
        (folder / os.fsdecode(name)).write_bytes(log_of(range(100 * i, 100 * i + 100)))
    lines, got = window(host, folder / "a b.log", 10, 390)
    assert numbers(lines) == list(range(10, 390))
    assert len(got.parts) == 4 and all(part.path.isprintable() for part in got.parts)
    assert not list(tmp_path.rglob("pwned"))


def test_a_log_that_grows_is_read_up_to_the_size_it_had(host, tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(log_of(DAY))
    writer = subprocess.Popen(
        ["sh", "-c", f"while :; do cat {tmp_path}/line >> {log}; done"], stdin=subprocess.DEVNULL
    )
    (tmp_path / "line").write_bytes(clf(T0 + 39_999, "39999-0") * 1000)
    try:
        lines, got = window(host, log, 39_990, 50_000)
    finally:
        writer.kill()
        writer.wait()
    assert got.done.ok and numbers(lines)[:10] == list(range(39_990, 40_000))
    assert lines[-1].endswith(b'"curl/8"')


def test_a_log_that_may_not_be_read_says_so():
    if os.geteuid() != 0 or shutil.which("runuser") is None:
        pytest.skip("runuser, or being root, is missing")
    nobody = OwnShell(("runuser", "-u", "nobody", "--", "sh", "-c"))
    with open_folder() as folder:
        (folder / "access.log").write_bytes(log_of(range(100)))
        (folder / "access.log").chmod(0o600)
        lines, got = window(nobody, folder / "access.log", 10, 20)
    assert lines == [] and "permission denied" in got.note


def test_a_link_out_of_its_folder_is_not_followed_as_root(tmp_path):
    if os.geteuid() != 0 or shutil.which("runuser") is None or shutil.which("sudo") is None:
        pytest.skip("runuser or sudo is not installed, or not being root")
    with open_folder() as folder:
        secret, logs = folder / "shadow", folder / "logs"
        logs.mkdir()
        secret.write_bytes(log_of(range(100)))
        (logs / "b.log").write_bytes(log_of(range(100)))
        for path in (secret, logs / "b.log"):
            path.chmod(0o600)
        (logs / "a.log").symlink_to(secret)
        (logs / "c.log").symlink_to("b.log")
        # Sudo that asks nobody, for a user who may read nothing.
        asroot = OwnShell(target=Target("local", sudo=True))
        nobody = OwnShell(("runuser", "-u", "nobody", "--", "sh", "-c"))
        for name, wanted in (("a.log", 0), ("b.log", 10), ("c.log", 10)):
            found = list_as_root(nobody, asroot, str(logs / name))
            assert [file.readable for file in found.files] == [wanted > 0]
        assert "a link out of its folder" in list_as_root(nobody, asroot, f"{logs}/a.log").refusals


def list_as_root(nobody, asroot, path):
    """As where the user may not read, and sudo may."""
    refused = list_files(nobody, [path])
    assert refused.refused

    class Both:
        target = asroot.target

        def run(self, command, sink, **options):
            session = asroot if command.startswith("sudo") else nobody
            return session.run(command, sink, **options)

    return list_files(Both(), [path])
