"""The binary recording: through sadf where there is one, one sentence where there is none."""

import gzip
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.collectors import sysstat_binary
from diagnose.errors import UnreadableSource
from diagnose.rawfile import Head

REAL = FIXTURES / "sysstat_binary" / "sa.bin"
FRAME = FIXTURES / "sadf_json" / "lb1.json"
has_sadf = pytest.mark.skipif(shutil.which("sadf") is None, reason="sysstat is not installed")


def pretend(monkeypatch, tmp_path, script):
    """Put a script in sadf's place."""
    fake = tmp_path / "sadf"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sysstat_binary.shutil, "which", lambda _: str(fake))


def test_it_is_told_by_its_magic_numbers():
    assert kind_of(REAL) == "sysstat_binary"


@has_sadf
def test_binary_json_and_text_give_the_same_numbers(tmp_path):
    ours, bad = read(REAL, "sysstat_binary")
    commands = {
        "sadf_json": ["sadf", "-j", REAL, "--", "-A"],
        "sar_text": ["sar", "-A", "-f", REAL],
    }
    for kind, command in commands.items():
        environment = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
        output = subprocess.run(command, capture_output=True, check=True, env=environment).stdout
        theirs, _ = read(write(tmp_path, output), kind)
        assert len(ours.samples) == len(theirs.samples) > 50
        for one, other in zip(ours.samples, theirs.samples, strict=True):
            assert (one.metric, one.part, one.form) == (other.metric, other.part, other.form)
            np.testing.assert_array_equal(one.values, other.values)
            np.testing.assert_array_equal(one.at_s, other.at_s)
    assert bad.count == 0
    assert not ours.samples[0].lines.any()


@has_sadf
def test_what_a_torn_recording_holds_is_read(tmp_path):
    half = REAL.read_bytes()[: int(REAL.stat().st_size * 0.9)]
    reading, _ = read(write(tmp_path, half), "sysstat_binary")
    assert reading.samples
    assert "sadf said" in reading.notes[0]


def test_a_compressed_recording_is_unpacked_first(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, f'head -c 2 "$2" | od -An -tx1 | grep -q "96 d5" && cat {FRAME}')
    reading, _ = read(write(tmp_path, gzip.compress(REAL.read_bytes())), "sysstat_binary")
    assert sample(reading, "cpu.busy_ratio").at_s[0] == 1795406688.0


def test_without_sadf_the_command_is_named(monkeypatch):
    monkeypatch.setattr(sysstat_binary.shutil, "which", lambda _: None)
    with pytest.raises(UnreadableSource, match="sadf is not installed here") as caught:
        read(REAL, "sysstat_binary")
    assert "sadf -j sa.bin -- -A > sadf.json" in caught.value.hint


def test_what_sadf_complains_of_is_passed_on(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, "echo Current sysstat version cannot read >&2; exit 3")
    with pytest.raises(UnreadableSource, match="Current sysstat version cannot read") as caught:
        read(REAL, "sysstat_binary")
    assert "sadf -c sa.bin" in caught.value.hint


def test_a_sadf_that_hangs_is_stopped(monkeypatch, tmp_path):
    pretend(monkeypatch, tmp_path, "exec sleep 9")
    monkeypatch.setattr(sysstat_binary, "TIMEOUT_S", 0.2)
    with pytest.raises(UnreadableSource, match="longer than"):
        read(REAL, "sysstat_binary")


def test_both_byte_orders_are_known():
    assert kind_of_head(Head.of(b"\xd5\x96\x21\x75" + bytes(60))) == "sysstat_binary"


@given(st.binary(max_size=80).filter(lambda raw: raw[:2] not in (b"\x96\xd5", b"\xd5\x96")))
def test_other_bytes_are_not_claimed(raw):
    assert kind_of_head(Head.of(raw)) != "sysstat_binary"
