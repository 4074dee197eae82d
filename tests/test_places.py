"""Where a component's data are got is read as written; what could do harm is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose import topology
from diagnose.errors import BadTopology
from diagnose.hosts.session import Target
from diagnose.places import CollectSettings, Place, place

GOOD = """
[collect]
interval_s = 2
limit_mb = 0x40
redact = true

[components.client]
role = "load_generator"
host = "local"
results = "run_*.csv"

[components.lb]
role = "lb"
host = "web-1"
user = "deploy"
port = 2222
identity = "~/.ssh/id_test"
sudo = true
status_url = "http://127.0.0.1:8080/basic_status"

[components.api]
host = "10.0.0.3"
container = "shop_api.1"
logs = ["/var/log/shop/*.log", "/srv/a b.log"]
unit = "shop@api.service"

[components.db]
database = "postgresql"
defaults_file = "~/.pg_service.conf"

[components.router]
host = "fe80::1%eth0"
device = "cisco_ios"

[components.cache]
prometheus = "https://prometheus.example:9090/"
prometheus_instance = "cache:9100"

[components.cdn]
host = ""
"""


def read(tmp_path: Path, text: str) -> topology.Settings:
    (tmp_path / "diagnose.toml").write_text(text)
    told = topology.read(tmp_path / "diagnose.toml")
    assert told is not None
    return told[1]


def test_everything_that_is_written_is_read(tmp_path: Path) -> None:
    settings = read(tmp_path, GOOD)
    places = settings.places
    assert settings.collect == CollectSettings(2.0, 64.0, 30.0, redact=True)
    assert settings.collect.limit_bytes == 64 * 2**20
    assert places["client"] == Place("local", results=("run_*.csv",))
    assert places["api"].logs == ("/var/log/shop/*.log", "/srv/a b.log")
    assert places["api"].unit == "shop@api.service"
    assert places["lb"].status_url == "http://127.0.0.1:8080/basic_status"
    assert (places["db"].database, places["db"].host) == ("postgresql", "db")
    assert places["cache"].prometheus == "https://prometheus.example:9090"


def test_a_place_names_its_host_for_the_session(tmp_path: Path) -> None:
    places = read(tmp_path, GOOD).places
    home = str(Path("~/.ssh/id_test").expanduser())
    assert places["lb"].target() == Target("web-1", "deploy", 2222, home, sudo=True)
    assert places["api"].target() == Target("10.0.0.3", container="shop_api.1")
    assert places["router"].target() == Target("fe80::1%eth0", device="cisco_ios")
    client = places["client"].target()
    assert client is not None and client.local


def test_what_has_no_host_has_no_target(tmp_path: Path) -> None:
    places = read(tmp_path, GOOD).places
    assert places["cdn"].target() is None
    assert places["cache"].target() is None, "Prometheus tells of it; nobody said that ssh may"


@pytest.mark.parametrize("name", ["-oProxyCommand=id", "a b", "10.77.2.2:80", "$(id)", "a;b"])
def test_a_name_that_is_no_host_is_taken_for_none(name: str) -> None:
    assert place(name, {}).target() is None


MISTAKES = {
    "host = 3": "host of lb is no text",
    "host = '-oProxyCommand=id'": "host of lb cannot be '-oProxyCommand=id'",
    "host = 'a b'": "host of lb cannot be 'a b'",
    'host = "a\\nb"': "host of lb cannot be 'a\\nb'",
    "host = 'deploy@web-1'": "host of lb is 'deploy@web-1'",
    "host = 'web-1:2222'": "host of lb is 'web-1:2222'",
    "user = '-l root'": "user of lb cannot be '-l root'",
    "port = '22'": "port of lb is no number",
    "port = 0": "port of lb cannot be 0",
    "port = 2.5": "port of lb cannot be 2.5",
    "port = nan": "port of lb cannot be nan",
    "identity = 7": "identity of lb is no text",
    "container = '--privileged'": "container of lb cannot be '--privileged'",
    "container = 'a'\ndevice = 'cisco_ios'": "lb has a container and a device",
    "sudo = 'yes'": "sudo of lb is neither true nor false",
    "logs = 3": "logs of lb is no list of names",
    'logs = ["a\\nb"]': "logs of lb has a name of several lines",
    "unit = 'api; reboot'": "unit of lb cannot be 'api; reboot'",
    "status_url = '127.0.0.1/status'": "status_url of lb cannot be '127.0.0.1/status'",
    "status_url = 'http://a/$(id)'": "status_url of lb cannot be",
    "database = 'oracle'": "lb has the database 'oracle'",
    "database = 5": "database of lb is no text",
    "prometheus = 'http://me:secret@prom:9090'": "prometheus of lb has a user or a password",
    "prometheus_instance = 'a:9100'": "lb has a prometheus_instance and no prometheus",
    "containers = 'api'": "lb has a key 'containers'",
    "ssh = 'web-1'": "lb has a key 'ssh'",
    "password = 'secret'": "lb has a key 'password'",
    "[collect]\ninterval_s = 0": "interval_s of collect cannot be 0",
    "[collect]\ninterval = 1": "collect has a key 'interval'",
    "[collect]\nlimit_mb = 'all'": "limit_mb of collect is no number",
    "[collect]\nredact = 1": "redact of collect is neither true nor false",
    "collect = 3": "collect must be a table",
}


@pytest.mark.parametrize("text", MISTAKES, ids=MISTAKES.values())
def test_each_mistake_is_one_sentence_with_a_way_out(tmp_path: Path, text: str) -> None:
    table = text if text.startswith("collect") else f"[components.lb]\n{text}"
    with pytest.raises(BadTopology) as caught:
        read(tmp_path, table)
    assert MISTAKES[text] in caught.value.what
    assert "\n" not in caught.value.what and "secret@" not in caught.value.what
    assert caught.value.hint


@given(st.dictionaries(st.sampled_from(topology.COMPONENT_KEYS), st.text() | st.integers()))
def test_any_table_is_read_or_refused(table: dict[str, object]) -> None:
    try:
        found = place("x", table)
    except BadTopology as error:
        assert error.hint and "\n" not in error.what
    else:
        assert not found.host.startswith("-")
