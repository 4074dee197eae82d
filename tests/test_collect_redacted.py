"""`diagnose collect --redact`, on this machine: what is written bears stand-ins alone."""

from __future__ import annotations

import gzip
import json
import tomllib
from pathlib import Path

import pytest
from redacting import all_bytes

from diagnose.collect.campaign import collect
from diagnose.collect.disguise import original
from diagnose.collect.orders import Orders, orders
from diagnose.collect.progress import Progress
from diagnose.collect.redaction import REFUSED, map_path
from diagnose.errors import UsageError
from diagnose.manifest import Manifest
from diagnose.topology import read

TOML = '''
# zeus-17 belongs to alice
[run]
description = """
the load of alice
on shop.acme.com"""

[components.zeus-17]
role = "load_generator"
host = "local"
sends_to = ["shop"]
results = ["{there}/*.csv", "{there}/*.bin", "{there}/none-*.csv"]

[components.shop]
role = "app"
host = ""
prometheus = "http://127.0.0.1:9"
description = "where alice's requests end"  # zeus-17 again
'''.replace('host = ""\n', "")
RESULTS = (
    "Type,Name,Request Count,Failure Count\n"
    'GET,https://shop.acme.com/cart?user=alice,3,0\n"GET","/x?mail=eve@acme.com,y",2,0\n'
)
SECRETS = (b"zeus", b"alice", b"acme", b"eve@")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with results and a diagnose.toml; the private map goes into another."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    there = tmp_path / "made"
    there.mkdir()
    (there / "run_stats.csv").write_text(RESULTS)
    (there / "zeus-17_stats.csv").write_text(RESULTS)
    (there / "run.bin").write_bytes(gzip.compress(RESULTS.encode()))
    (tmp_path / "diagnose.toml").write_text(TOML.format(there=there))
    return tmp_path


def collected(run: Path) -> tuple[Orders, Manifest]:
    asked = orders(run, redact=True)
    collect(asked, Progress([]))
    manifest = Manifest.read(run)
    assert manifest is not None
    return asked, manifest


def test_nothing_that_identifies_is_in_the_run(place: Path) -> None:
    asked, manifest = collected(place / "run1")
    text = all_bytes(place / "run1")
    assert not [secret for secret in SECRETS if secret in text]
    assert manifest.redacted and asked.redactor is not None
    own = asked.redactor.text("zeus-17")
    assert {entry.component for entry in manifest.files} == {own}
    stats = (place / "run1" / "raw" / own / "run_stats.csv").read_text()
    assert stats.startswith("Type,Name,Request Count,Failure Count\nGET,https://h")
    assert stats.count(",3,0\n") == 1
    refused = [e for e in manifest.failures if e.file == "run.bin"]
    assert [(e.component, e.why) for e in refused] == [(own, REFUSED)]
    assert manifest.state_of(manifest.files[0]) == ""


def test_the_run_s_diagnose_toml_is_read_and_the_private_one_goes_on(place: Path) -> None:
    asked, _ = collected(place / "run1")
    shown = place / "run1" / "diagnose.toml"
    kept = read(shown)
    assert kept is not None and asked.redactor is not None
    assert [c.name for c in kept[0].components] == [asked.redactor.text("zeus-17"), "shop"]
    assert kept[0].components[0].sends_to == ("shop",)
    private = original(place / "run1")
    assert private is not None and place / "run1" not in private.parents
    assert tomllib.loads(private.read_text())["components"]["zeus-17"]["host"] == "local"
    again = orders(place / "run1", redact=True)
    assert [part.name for part in again.parts] == [part.name for part in asked.parts]
    assert again.settings.places.keys() == {"zeus-17", "shop"}
    assert original(place / "run1") is not None
    shown.write_text(TOML.format(there=place))  # by hand: that one counts
    assert original(place / "run1") is None


def test_runs_side_by_side_have_the_same_stand_ins(place: Path) -> None:
    one, _ = collected(place / "run1")
    other, _ = collected(place / "run2")
    assert one.redactor is not None and other.redactor is not None
    assert one.redactor.text("GET /?x=1 203.0.113.9") == other.redactor.text(
        "GET /?x=1 203.0.113.9"
    )
    seen = json.loads(map_path(place.name).read_text())["seen"]["host"]
    assert {"zeus-17", "shop.acme.com"} <= seen.keys()


def test_what_was_begun_with_stand_ins_goes_on_with_them(place: Path) -> None:
    collected(place / "run1")
    again = orders(place / "run1")  # without --redact
    collect(again, Progress([]))
    assert again.redact and b"zeus" not in all_bytes(place / "run1")
    (place / "run1" / "diagnose.toml").write_text(TOML.format(there=place))
    with pytest.raises(UsageError, match="was begun with --redact"):
        collect(orders(place / "run1"), Progress([]))
