"""diagnose.toml is read as written; each kind of mistake is one clear sentence."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from diagnose import topology
from diagnose.errors import BadTopology
from diagnose.model import Component, Topology
from diagnose.spelling import spell

GOOD = """
[run]
name = "spring sale"
timezone = "Europe/Berlin"
begin = 2026-03-01T10:00:00Z
end = "2026-03-01T11:00:00+01:00"

[components.client]
role = "load_generator"
sends_to = "lb"

[components.lb]
role = "lb"
host = "web-1"
sends_to = ["api"]
clock_offset_s = -2
sources = "raw/odd/*.log"
log_format = '$remote_addr "$request"'

[components.api]
role = "app"
timezone = "UTC"

[rules]
suppress = ["disk-is-saturated"]
"""


def read(tmp_path: Path, text: str | bytes) -> tuple[Topology, topology.Settings]:
    path = tmp_path / "diagnose.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    told = topology.read(path)
    assert told is not None
    return told


def test_everything_that_is_written_is_read(tmp_path: Path) -> None:
    system, settings = read(tmp_path, GOOD)
    assert system.path() == ("client", "lb", "api")
    assert (system["lb"].host, system["lb"].clock_offset_s) == ("web-1", -2.0)
    assert math.isnan(system["api"].clock_offset_s)
    assert (settings.name, settings.timezone) == ("spring sale", "Europe/Berlin")
    assert settings.begin.startswith("2026-03-01") and settings.end.endswith("+01:00")
    assert settings.sources == {"lb": ("raw/odd/*.log",)}
    assert settings.log_formats["lb"] == {"diagnose.toml": '$remote_addr "$request"'}
    assert settings.suppressed == ("disk-is-saturated",)


def test_no_file_is_no_mistake(tmp_path: Path) -> None:
    assert topology.read(tmp_path / "diagnose.toml") is None


@pytest.mark.parametrize(
    "encoded",
    [
        GOOD.encode("utf-8-sig"),
        GOOD.encode("utf-16"),
        GOOD.replace("\n", "\r\n").encode(),
    ],
    ids=["byte order mark", "UTF-16", "CRLF"],
)
def test_editors_of_windows_are_no_obstacle(tmp_path: Path, encoded: bytes) -> None:
    assert read(tmp_path, encoded) == read(tmp_path, GOOD)


MISTAKES = {
    "[run\n": "no valid TOML",
    "[run]\nname = 'caf\xe9'": "line 2 is not UTF-8",
    "run = 3": "run must be a table",
    "rules = [1]": "rules must be a table",
    "components = 3": "components must be a table",
    "[components]\nlb = 3": "components must be tables",
    "[components.lb]\nrole = 'loadbalancer'": "lb has the role 'loadbalancer'",
    "[components.lb]\nrole = 5": "lb has the role 5",
    "[components.lb]\nsends_to = ['api']": "lb sends to 'api', which is none",
    "[components.lb]\nsends_to = 3": "sends_to of lb is no list of names",
    "[components.lb]\nsends_to = [3]": "sends_to of lb is no list of names",
    "[components.lb]\nsend_to = ['api']": "lb has a key 'send_to'",
    "[components.lb]\ntime_zone = 'UTC'": "lb has a key 'time_zone'",
    "[components.lb]\nclock_offset_s = '2 s'": "clock_offset_s of lb is no number",
    "[components.lb]\nclock_offset_s = true": "clock_offset_s of lb is no number",
    "[components.lb]\nclock_offset_s = inf": "clock_offset_s of lb is no number",
    "[components.lb]\ntimezone = 'CEST!'": "lb: unknown timezone 'CEST!'",
    "[components.lb]\nsources = 3": "sources of lb is no list of names",
    "[components.lb]\nlog_format = 3": "log_format of lb is no text",
    "[run]\ntimezone = 'Mars/Crater'": "run: unknown timezone 'Mars/Crater'",
    "[run]\ntimezone = '../../etc/passwd'": "run: unknown timezone",
    "[run]\ntimezones = 'UTC'": "run has a key 'timezones'",
    "[run]\nbegin = 'yesterday'": "begin of run is 'yesterday', which is no time",
    "[run]\nend = 12": "end of run is '12', which is no time",
    "[rules]\nsuppress = 1": "suppress of rules is no list of names",
}


@pytest.mark.parametrize("text", MISTAKES, ids=MISTAKES.values())
def test_each_mistake_is_one_sentence_with_a_way_out(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadTopology) as caught:
        read(tmp_path, text.encode("latin-1"))
    assert MISTAKES[text] in caught.value.what
    assert caught.value.what.startswith("diagnose.toml") and "\n" not in caught.value.what
    assert caught.value.hint


def test_what_is_spelled_is_read_back(tmp_path: Path) -> None:
    system = Topology(
        (
            Component("client", "load_generator", "client", ("lb 1",)),
            Component("lb 1", "lb", "lb 1", ('a"b\\c',), "Europe/Berlin"),
            Component('a"b\\c', "app", 'a"b\\c'),
        )
    )
    text = spell(system, 'a "run" \\ of mine', {"lb 1": "it has nginx access log"})
    again, settings = read(tmp_path, text)
    assert again.path() == system.path()
    assert [c.role for c in again.components] == [c.role for c in system.components]
    assert again["lb 1"].timezone == "Europe/Berlin"
    assert settings.name == 'a "run" \\ of mine'


def test_a_circle_has_an_end() -> None:
    around = Topology((Component("a", "lb", sends_to=("b",)), Component("b", "app", "", ("a",))))
    assert set(around.path()) <= {"a", "b"}


def test_senders_are_found_from_whom_they_send_to() -> None:
    system = Topology(
        (Component("a", "lb", "", ("c",)), Component("b", "lb", "", ("c",)), Component("c", "db"))
    )
    assert system.senders("c") == ("a", "b")
    assert system.path() == ("a", "b", "c")
