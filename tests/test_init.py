"""A first diagnose.toml: what is known stands in it, guesses are called so, and it can be read."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from ssh_hosts import needs, ssh_hosts

from diagnose import topology
from diagnose.cli import main
from diagnose.collect.first_config import first_config
from diagnose.collect.init import Sources, init, machines
from diagnose.collect.machines import Machine
from diagnose.errors import UsageError
from diagnose.model import ROLES

INI = """\
bastion ansible_connection=local
[webservers]
web[01:02].example.com ansible_user=deploy ansible_port=2222  # two
[lb]
front ansible_host=10.0.0.1 ansible_ssh_private_key_file='~/keys/our key'
[database_nodes]
pg1:5022 ansible_password=hunter2 ansible_host="{{ secret_host }}"
[lb:vars]
ansible_user = balance   # for all of them
[prod:children]
lb
webservers
[prod:vars]
ansible_become=true
"""
YAML = """\
all:
  vars: {ansible_user: everybody}
  children:
    prod:
      children:
        api_servers:
          hosts:
            api[1:2]: {ansible_host: 10.0.0.9}
        db:
          hosts:
            db1:
              ansible_user: dba
              ansible_password: !vault |
                $ANSIBLE_VAULT;1.1;AES256
                3338
    cache:
      hosts: {api1: , odd: {ansible_ssh_common_args: "-o ProxyCommand=x"}}
"""
NGINX = """\
events {}
http {
  upstream backend { server 10.0.0.2:8080; server api2.internal:8080; server 127.0.0.1:9; }
  upstream old { server 10.9.9.9 down; }
  server { listen 80; location / { proxy_pass http://backend; }
           location /x { proxy_pass http://user:hunter2@10.0.0.3; } }
}
"""


def written(tmp_path: Path, **sources: object):
    """(topology, settings, text) of what is made of the sources."""
    target = tmp_path / "diagnose.toml"
    init(Sources(**sources), target, force=True)
    read = topology.read(target)
    assert read is not None
    return *read, target.read_text()


def test_hosts_on_the_command_line_are_components(tmp_path: Path) -> None:
    hosts = ("front=lb@deploy@10.0.0.1:2222", "api", "users=db", "[fd00::7]:22", "x=me@10.0.0.4")
    system, settings, text = written(tmp_path, hosts=hosts)
    roles = {c.name: c.role for c in system.components}
    assert roles == {
        "front": "lb", "api": "app", "users": "db", "fd00::7": "other", "x": "other",
    }  # fmt: skip
    front = settings.places["front"]
    assert (front.host, front.user, front.port) == ("10.0.0.1", "deploy", 2222)
    assert settings.places["x"].user == "me"
    assert 'role = "lb"\n' in text, "said, not guessed"
    assert 'role = "app"   # a guess, by its name' in text
    assert system.components[0].sends_to == ("api",) and "a guess, by the roles" in text
    assert not system.components[2].sends_to, "a database is the end of the way"
    assert '# role = "…"   # not known; fill in one of: load_generator' in text


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("x=dbs@h", "there is no role 'dbs'"),
        ("a@b@c@d", "a role that does not exist"),
        ("=h", "leaves a part empty"),
        ("a\x1b[2J", "is no name"),
        ("@h", "leaves a part empty"),
    ],
)
def test_a_host_that_is_none_is_refused(host: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        machines(Sources(hosts=(host,)))
    assert says in caught.value.what and caught.value.hint


def test_two_hosts_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="two hosts would be called 'lb'"):
        machines(Sources(hosts=("lb.a.example", "lb.b.example")))


def test_names_of_the_ssh_configuration_are_taken_without_wildcards(tmp_path: Path) -> None:
    more = tmp_path / "more.conf"
    more.write_text('Host="db1" thing\n  HostName %h.internal\nHost *.internal !x\n')
    config = tmp_path / "config"
    config.write_text(
        f"Include {tmp_path}/*.conf\nhost lb1 lb?\n\tHOSTNAME=10.0.0.1\nMatch host z\n"
        "  HostName 10.0.0.3\nHost *\n  User nobody\n"
    )
    system, settings, text = written(tmp_path, ssh_config=config)
    assert [(c.name, c.role) for c in system.components] == [("db1", "db"), ("lb1", "lb")]
    assert settings.places["lb1"].host == "lb1" and settings.places["lb1"].user == ""
    assert 'host = "lb1"   # 10.0.0.1' in text and "line 2 of" in text
    assert "# [components.thing]" in text, "what it is nobody knows"


def test_an_inventory_in_ini_gives_roles_by_groups(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text(INI)
    system, settings, text = written(tmp_path, inventory=path)
    roles = {c.name: c.role for c in system.components}
    assert roles == {
        "bastion": "other", "web01.example.com": "app", "web02.example.com": "app",
        "front": "lb", "pg1": "db",
    }  # fmt: skip
    front, web, pg = (settings.places[n] for n in ("front", "web02.example.com", "pg1"))
    assert (front.host, front.user, front.identity) == ("10.0.0.1", "balance", "~/keys/our key")
    assert (web.user, web.port, web.sudo) == ("deploy", 2222, True)
    assert pg.port == 5022 and "# host = … # a template in the inventory" in text
    assert settings.places["bastion"].host == "local"
    assert "a guess, by its group webservers" in text and "hunter2" not in text


def test_an_inventory_in_yaml_is_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "inventory"
    path.write_text(YAML)
    system, settings, text = written(tmp_path, inventory=path)
    assert {c.name for c in system.components} == {"api1", "api2", "db1", "odd"}
    assert settings.places["db1"].user == "dba" and settings.places["api2"].user == "everybody"
    assert settings.places["api2"].host == "10.0.0.9"
    assert '# role = "…" # app (group api_servers) or cache (group cache)' in text
    assert "ProxyJump" in text and "VAULT" not in text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no host"),
        ("[lb]\na b\n", "line 2 of hosts is none of an inventory"),
        ("[lb]\na[1:x]\n", "a range that is none"),
        ("[lb]\na[1:99999999]\n", "too many hosts"),
        ("all:\n  hosts: 7\n", "what stands under all is no table"),
        ("all:\n  hosts:\n   a: [\n", "is no YAML"),
        ("#!/bin/sh\n", "is a program, which is not run"),
    ],
)
def test_what_is_no_inventory_is_told_in_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "hosts"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        machines(Sources(inventory=path))
    assert says in caught.value.what and caught.value.hint


def test_nginx_tells_whom_it_sends_to(tmp_path: Path) -> None:
    conf = tmp_path / "nginx.conf"
    conf.write_text(NGINX)
    hosts = ("lb1=lb@10.0.0.1", "one=10.0.0.2", "api2", "db1")
    system, settings, text = written(tmp_path, hosts=hosts, nginx=(str(conf),))
    lb = system.components[0]
    assert set(lb.sends_to) == {"one", "api2", "backend", "10.0.0.3"}
    roles = {c.name: c.role for c in system.components}
    assert roles["one"] == "app", "by the name of its upstream"
    assert settings.places["backend"].host == "10.0.0.1", "on the machine of nginx itself"
    assert "10.9.9.9" not in text and "hunter2" not in text


def test_whose_nginx_it_is_must_be_said_where_there_are_several(tmp_path: Path) -> None:
    conf = tmp_path / "nginx.conf"
    conf.write_text(NGINX)
    hosts = ("lb1=lb", "lb2=lb", "10.0.0.2")
    with pytest.raises(UsageError, match="may be of lb1 or lb2"):
        machines(Sources(hosts=hosts, nginx=(str(conf),)))
    found = {m.name: m for m in machines(Sources(hosts=hosts, nginx=(f"lb2={conf}",)))}
    assert "10.0.0.2" in found["lb2"].sends_to and not found["lb1"].sends_to


def test_nginx_is_looked_at_over_ssh_and_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    needs("nginx")
    conf = tmp_path / "ours.conf"  # that nginx itself accepts: names are resolved
    conf.write_text(NGINX.replace("api2.internal", "10.0.0.4").replace("user:hunter2@", ""))
    wrapper = tmp_path / "bin" / "nginx"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nexec /usr/sbin/nginx -c {conf} -p {tmp_path} "$@"\n')
    wrapper.chmod(0o755)
    said: list[str] = []
    with ssh_hosts(tmp_path) as hosts:
        hosts.add("lb1", shell=f"env PATH={wrapper.parent}:/usr/bin:/bin sh")
        sources = Sources(
            hosts=("lb1", "lb2=lb@127.0.0.1:1", "api2"), ssh_config=hosts.config, look=True
        )
        found = {m.name: m for m in machines(sources, said.append)}
    assert set(found["lb1"].sends_to) == {"10.0.0.2", "10.0.0.4", "backend", "10.0.0.3"}
    assert len(said) == 1 and said[0].startswith("lb2: ")
    assert "nginx was not read" in first_config(list(found.values()))


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "diagnose.toml"
    target.write_text("# mine\n")
    command = ["init", "db1", "--out", str(target)]
    refused = CliRunner().invoke(main, command)
    assert refused.exit_code == 2 and "exists already" in refused.output
    assert target.read_text() == "# mine\n"
    assert CliRunner().invoke(main, [*command, "--force"]).exit_code == 0
    assert "[components.db1]" in target.read_text()
    assert stat.S_ISREG(target.lstat().st_mode)


def test_nothing_at_all_is_answered_with_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    refused = CliRunner().invoke(main, ["init"])
    assert refused.exit_code == 2 and "nothing names a machine" in refused.output
    assert not (tmp_path / "diagnose.toml").exists()


TEXT = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=12)
NAME = TEXT.filter(lambda text: text.isprintable() and text.strip())  # others are refused
MACHINE = st.builds(
    Machine,
    name=NAME,
    host=TEXT | st.just(""),
    role=st.sampled_from(("", *ROLES)),
    user=TEXT | st.just(""),
    port=st.integers(0, 99_999),
    identity=TEXT | st.just(""),
    sudo=st.booleans(),
    why=TEXT,
    by=TEXT | st.just(""),
    unsaid=st.lists(TEXT, max_size=2).map(tuple),
    wanted=st.booleans(),
    addresses=st.lists(TEXT, max_size=2).map(tuple),
)


@given(st.lists(MACHINE, min_size=1, max_size=5, unique_by=lambda one: one.name))
def test_whatever_the_names_it_can_be_read_and_says_the_same(
    tmp_path_factory: pytest.TempPathFactory, found: list[Machine]
) -> None:
    target = tmp_path_factory.mktemp("init") / "diagnose.toml"
    target.write_bytes(first_config(found).encode())
    read = topology.read(target)
    assert read is not None
    system, settings = read
    shown = [one for one in found if one.wanted or one.role]
    assert [(c.name, c.role) for c in system.components] == [
        (one.name, one.role or "other") for one in shown
    ]
    for one in shown:
        place = settings.places[one.name]
        assert place.host in (one.host or one.name, "")
        assert place.user in (one.user, "") and place.port in (one.port, 0)
