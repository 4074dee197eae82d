"""The manifest: what was collected stands in it, whole, and is skipped when collected again."""

from __future__ import annotations

import json
import math
import threading
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose import manifest_json
from diagnose.hosts.session import Done, Target
from diagnose.manifest import (
    KEPT,
    BadManifest,
    ClockReading,
    Entry,
    Gap,
    HostClock,
    HostRecord,
    Manifest,
    Recorder,
)

NSTAT = Done("nstat -az", 0, "", 5, seconds=0.25)


def collected(folder: Path, text: bytes = b"hello", file: str = "nstat.txt") -> Entry:
    """A raw file on disk, with its entry."""
    import hashlib

    path = folder / "raw" / "lb1" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    told = {"path": f"raw/lb1/{file}", "bytes": len(text)}
    return Entry.of("lb1", file, NSTAT, sha256=hashlib.sha256(text).hexdigest(), **told)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    made = Manifest(tmp_path, "0.1.0", 1795406687.25, 1795406749.5, "client")
    made.add(collected(tmp_path))
    made.add(
        Entry.of("lb2", "ss.txt", Done("ss -s", 127, "sh: ss: not found"), why="ss: not found")
    )
    clock = HostClock(37.0, 0.002, 1795406700.0, 12.5, 3.0, 32400.0, "Asia/Tokyo",
                      (ClockReading(1.0, 2.0, 3.0, 0.5),))  # fmt: skip
    host = HostRecord.of(Target("lb1.example", "me", 2222, "/home/me/.ssh/key"), ("lb1",))
    made.add_host(host)
    made.add_gap(Gap("lb1", 1795406710.0, says="the connection died"))
    made.hosts = (*made.hosts, HostRecord("lb2", ("lb2",), clock=clock, recorder=Recorder(60, 1.0)))
    made.write()
    again = Manifest.read(tmp_path)
    assert again is not None
    assert [repr(getattr(again, name)) for name in KEPT] == [
        repr(getattr(made, name)) for name in KEPT
    ]


def test_a_private_keys_file_is_not_in_it(tmp_path: Path) -> None:
    made = Manifest(tmp_path)
    made.add_host(HostRecord.of(Target("lb1", identity="/home/me/.ssh/deploy"), ("lb1",)))
    made.write()
    assert "deploy" not in (tmp_path / "manifest.json").read_text()


def test_what_was_not_measured_is_null_and_never_zero(tmp_path: Path) -> None:
    made = Manifest(tmp_path)
    made.add(collected(tmp_path))
    made.write()
    said = json.loads((tmp_path / "manifest.json").read_text())
    assert said["ended_s"] is None
    assert said["files"][0]["remote_before_s"] is None
    assert said["bytes"] == 5


def test_a_file_that_is_as_it_was_collected_is_not_fetched_again(tmp_path: Path) -> None:
    made = Manifest(tmp_path)
    made.add(collected(tmp_path))
    assert made.has("lb1", "nstat.txt")
    assert not made.has("lb1", "ss.txt") and not made.has("lb2", "nstat.txt")


@pytest.mark.parametrize("harm", ["hellO", "hello, longer", None])
def test_a_file_that_was_edited_or_removed_is_fetched_again(tmp_path: Path, harm: str) -> None:
    made = Manifest(tmp_path)
    entry = collected(tmp_path)
    made.add(entry)
    where = tmp_path / "raw/lb1/nstat.txt"
    if harm is None:
        where.unlink()
    else:
        where.write_text(harm)
    assert not made.has("lb1", "nstat.txt")
    assert made.state_of(entry) == ("gone" if harm is None else "changed")


@pytest.mark.parametrize("how", [{"lost": True}, {"timed_out": True}])
def test_a_file_that_broke_off_is_fetched_again(tmp_path: Path, how: dict[str, bool]) -> None:
    made = Manifest(tmp_path)
    entry = collected(tmp_path)
    made.add(Entry.of("lb1", "nstat.txt", Done("nstat", None, **how), path=entry.path,
                      bytes=entry.bytes, sha256=entry.sha256))  # fmt: skip
    assert not made.has("lb1", "nstat.txt")


def test_a_file_takes_the_place_of_its_failure(tmp_path: Path) -> None:
    made = Manifest(tmp_path)
    made.add(Entry("lb1", "nstat.txt", why="nstat: not found"))
    made.add(collected(tmp_path))
    assert not made.failures and len(made.files) == 1
    made.add(Entry("lb1", "nstat.txt", why="the connection died"))
    assert not made.files and made.failures[0].why == "the connection died"


def test_threads_may_add_at_once(tmp_path: Path) -> None:
    made = Manifest(tmp_path)

    def work(component: str) -> None:
        for i in range(40):
            made.add(Entry(component, f"{i}.txt", path="raw/x"))
        made.write()

    threads = [threading.Thread(target=work, args=(f"host{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = Manifest.read(tmp_path)
    assert len(made.files) == 160 and again is not None and len(again.files) == 160
    assert [p.name for p in tmp_path.iterdir()] == ["manifest.json"]


def test_all_that_may_bear_names_is_put_through_shown(tmp_path: Path) -> None:
    made = Manifest(tmp_path, shown=lambda text: text.replace("secret", "x"))
    made.add(Entry("lb1", "a", command="secret", stderr="secret", why="secret"))
    made.add_host(HostRecord("secret.example", ("lb1",), "secret", error="secret"))
    made.add_gap(Gap("lb1", 0.0, says="secret"))
    made.write()
    assert "secret" not in (tmp_path / "manifest.json").read_text()


def test_without_a_manifest_there_is_none(tmp_path: Path) -> None:
    assert Manifest.read(tmp_path) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"schema_version": 2}', "[" * 5000,
        '{"schema_version": 1, "files": 3}',
        '{"schema_version": 1, "files": [{"file": "x"}]}',
        '{"schema_version": 1, "files": [{"component": "a", "file": "x", "bytes": "many"}]}',
        '{"schema_version": 1, "hosts": [{"address": "a", "components": ["a"], "port": 1.5}]}',
    ],
)  # fmt: skip
def test_a_damaged_manifest_is_one_sentence_and_a_way_out(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(BadManifest) as caught:
        Manifest.read(tmp_path)
    assert caught.value.what.startswith("manifest.json ") and "\n" not in caught.value.what
    assert "delete" in caught.value.hint


def test_a_run_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    from diagnose.errors import DiagnoseError

    (tmp_path / "run").write_text("a file, no folder")
    with pytest.raises(DiagnoseError, match=r"cannot write .*manifest\.json"):
        Manifest(tmp_path / "run").write()


texts = st.text(max_size=20).filter(lambda t: t.isprintable())
floats = st.floats(allow_infinity=False) | st.just(math.nan)
entries = st.builds(
    Entry,
    component=texts, file=texts, command=texts, status=st.none() | st.integers(-1, 255),
    stderr=texts, seconds=floats, truncated=st.booleans(), bytes=st.integers(0, 2**50),
    local_before_s=floats, why=texts,
)  # fmt: skip


@given(entries)
def test_entries_go_to_json_and_back(entry: Entry) -> None:
    text = json.dumps(manifest_json.plain(entry), allow_nan=False)
    again = manifest_json.made(Entry, json.loads(text), "x")
    for f in fields(Entry):
        assert repr(getattr(again, f.name)) == repr(getattr(entry, f.name))
