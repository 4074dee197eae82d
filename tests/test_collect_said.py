"""What a host says on its standard error reaches manifest.json without secrets and escapes."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest

from diagnose.collect.keeper import Keeper
from diagnose.collect.plan import Part
from diagnose.collect.results import run_kept
from diagnose.collect.stamped import Routed
from diagnose.collect.stream import StreamSink
from diagnose.fetches import Fetch
from diagnose.hosts.connect import connect
from diagnose.hosts.session import Target
from diagnose.manifest import Entry, Manifest
from diagnose.places import Place

STATS = Path(__file__).parent / "fixtures" / "locust_stats" / "distribution_0.12.csv"
SAID = (  # the secret does not stand in the command itself
    r"""s=hunter; printf 'kept\n\033[2J\033]0;owned\007password=%s2 \302\2332J\n' $s >&2; """
    r"""printf 'http://app:%s2@db/ Authorization: Bearer %s2x\n' $s $s >&2; exit 3"""
)


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path, Manifest(tmp_path), 1 << 20)


def text_of(keeper: Keeper) -> str:
    keeper.manifest.write()
    return (keeper.run / "manifest.json").read_text()


def test_a_command_that_fails_says_neither_secrets_nor_escapes(keeper: Keeper) -> None:
    session = connect(Target("local"))
    with keeper.keep("lb1", "x.txt") as kept:
        kept.done = session.run(SAID, kept)
    session.close()
    text = text_of(keeper)
    (entry,) = json.loads(text)["failures"]
    assert entry["status"] == 3 and entry["stderr"].startswith("kept\n")
    shown = entry["stderr"] + entry["why"]
    assert "hunter2" not in text and "kept" in shown
    assert all(c.isprintable() or c == "\n" for c in shown)


def test_neither_does_what_a_loop_tells_of_a_command(keeper: Keeper) -> None:
    keeper.note(Entry("lb1", "y.txt", stderr="token: hunter2\x1b[1m", why="pwd=hunter2\r"))
    text = text_of(keeper)
    assert (
        "hunter2" not in text and "\\u001b" not in text and "\\r" not in text.replace("\\\\r", "")
    )


def test_the_load_s_command_line_is_kept_without_its_password(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(keeper.run)
    part, run = Part("gen", "load_generator", Place("local")), keeper.run / "run"
    run.mkdir()
    load = f"import shutil; shutil.copyfile({str(STATS)!r}, 'made.csv')"
    word = ("--password", "hunter2", "-H", "Cookie: hunter2")
    run_kept((sys.executable, "-c", load, *word), part, Keeper(run, keeper.manifest, 1 << 20))
    text = text_of(keeper)
    assert "--password ..." in text and "hunter2" not in text


def test_a_stream_is_cleaned_before_it_is_written(tmp_path: Path) -> None:
    """vmstat and its like stamp their output themselves and go to the disk as they come."""
    folder = tmp_path / "raw" / "lb1"
    folder.mkdir(parents=True)
    upper = Routed(Fetch("x.txt", "x", streams=True), (folder,), bytes.upper)
    sink = StreamSink(upper, limit_bytes=1 << 20)
    sink(b"# 1.0\na")
    sink(b"bc\n")
    sink.close()
    assert gzip.decompress((folder / "x.txt.gz").read_bytes()) == b"# 1.0\nABC\n"
