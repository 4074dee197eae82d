"""`diagnose check` tells what real hosts would give, what is missing, and what mends it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from click.testing import CliRunner, Result
from reading import read
from ssh_hosts import SshHosts, needs, ssh_hosts
from test_live_databases import folder_of, output, run_as, running, wait_until

from diagnose.cli import main
from diagnose.collect.check_judging import (
    FORMAT,
    failures,
    idle,
    readable,
    slow_log,
    sudo,
    sysstat,
    timings,
)
from diagnose.collect.check_probes import File, Probed, parse
from diagnose.collect.check_text import as_json, as_text
from diagnose.collect.checked import Checked, Item, State
from diagnose.collect.plan import Asked
from diagnose.fetches import Fetch
from diagnose.manifest import Entry
from diagnose.readings import Fact, Limit

HTTP = """\
pid {root}/pid;
error_log {root}/error.log;
events {{ worker_connections 64; }}
http {{
  {format}
  access_log {root}/access.log {name};
  upstream behind {{ server 127.0.0.1:9; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://behind; }}
    {status}
  }}
}}
"""
STUB = "location = /nginx_status { stub_status; access_log off; }"


@contextmanager
def lb_host(hosts: SshHosts, root: Path, *, timed: bool, shell: str = "sh") -> Iterator[int]:
    """A host "lb" whose nginx is one of its own, with what is wanted of it or without; its port."""
    needs("nginx")
    root.mkdir()
    root.chmod(0o755)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    said = "\n".join(FORMAT) if timed else ""
    text = HTTP.format(
        root=root, port=port, format=said, name="timed" if timed else "combined",
        status=STUB if timed else "",
    )  # fmt: skip
    (root / "nginx.conf").write_text(text)
    wrapper = root / "bin" / "nginx"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nexec /usr/sbin/nginx -c {root}/nginx.conf -p {root} "$@"\n')
    wrapper.chmod(0o755)
    hosts.add("lb", shell=f"env PATH={wrapper.parent}:/usr/sbin:/usr/bin:/sbin:/bin {shell}")
    with running([str(wrapper), "-g", "daemon off;"], signal.SIGTERM):
        wait_until("nginx listens", lambda: answers(port))
        yield port


def answers(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), 1.0):
        return True


def checked(hosts: SshHosts, folder: Path, toml: str, *options: str) -> Result:
    (folder / "diagnose.toml").write_text(toml)
    command = ["check", str(folder), "--ssh-config", str(hosts.config), *options]
    return CliRunner().invoke(main, command)


def items_of(result: Result, name: str) -> dict[str, dict]:
    found = json.loads(result.stdout)["hosts"]
    (host,) = (one for one in found if name in one["components"])
    return {item["source"]: item for item in host["components"][name]}


LB = '[components.lb]\nrole = "lb"\n'


def test_an_nginx_without_timings_and_status_is_told_how_to_give_them(tmp_path: Path) -> None:
    with ssh_hosts(tmp_path) as hosts, lb_host(hosts, tmp_path / "nginx", timed=False):
        before = sorted(tmp_path.rglob("*"))
        result = checked(hosts, tmp_path, LB, "--json")
        after = sorted(tmp_path.rglob("*"))
    assert result.exit_code == 1, result.output
    items = items_of(result, "lb")
    log = items[f"timings in {tmp_path}/nginx/access.log"]
    assert log["state"] == "missing" and "combined lacks $request_time" in log["why"]
    assert f"access_log {tmp_path}/nginx/access.log timed;" in log["mend"]
    assert "stub_status" in items["nginx stub_status"]["mend"][0]
    assert items["nginx stub_status"]["why"] == "no server of nginx's configuration has stub_status"
    assert [p for p in after if p not in before] == [tmp_path / "diagnose.toml"], "nothing changes"


def test_an_nginx_that_took_the_advice_lacks_nothing_and_its_log_is_read(tmp_path: Path) -> None:
    with ssh_hosts(tmp_path) as hosts, lb_host(hosts, tmp_path / "nginx", timed=True) as port:
        result = checked(hosts, tmp_path, LB)
        with pytest.raises(HTTPError, match="502"):
            urlopen(f"http://127.0.0.1:{port}/", timeout=5)
        log = tmp_path / "nginx/access.log"
        wait_until("it is logged", lambda: log.stat().st_size)
    (requests,) = read(log, "nginx_access")[0].requests
    assert requests.status.tolist() == [502] and requests.upstream_status.tolist() == [502]
    assert 0 <= requests.upstream_s[0] <= requests.duration_s[0] < 5
    assert result.exit_code == 0, result.output
    assert result.output.startswith("lb  lb  clock ") and " ± " in result.output
    assert "✓ timings in" in result.output
    assert "nginx stub_status" in " ".join(result.output.split("timings in")[0].split())
    assert "All that matters is there." in result.output and "\x1b" not in result.output


def test_a_user_without_rights_is_told_which_he_needs(tmp_path: Path) -> None:
    needs("setpriv", "nginx")
    nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups sh"
    # pytest's folders are their owner's alone.
    with folder_of("root") as root, ssh_hosts(tmp_path) as hosts:  # noqa: SIM117
        with lb_host(hosts, root / "nginx", timed=True, shell=nobody):
            wait_until("its log is there", (root / "nginx/access.log").exists)
            (root / "nginx/access.log").chmod(0o640)
            toml = f"{LB}sudo = true\nlogs = ['{root}/nginx/*.log']\n"
            result = checked(hosts, tmp_path, toml, "--json")
    assert result.exit_code == 1, result.output
    items = items_of(result, "lb")
    denied = items[f"{root}/nginx/access.log"]
    assert "may not read it (-rw-r-----" in denied["why"]
    assert denied["mend"][0].startswith("sudo setfacl -m u:nobody:r "), "its group is root"
    assert items["sudo"]["state"] == "missing"
    assert "ALL=(root) NOPASSWD" in items["sudo"]["mend"][0]


def test_a_host_that_is_not_reached_is_one_block_and_the_others_go_on(tmp_path: Path) -> None:
    with ssh_hosts(tmp_path, "api") as hosts:
        toml = '[components.api]\nrole = "queue"\n[components.gone]\nhost = "127.0.0.1"\nport = 1\n'
        toml += '[components.edge]\nrole = "cdn"\nhost = ""\n'
        result = checked(hosts, tmp_path, toml)
    assert result.exit_code == 1
    assert (
        "\n\ngone  127.0.0.1\n  ✗ " in result.output and "refuses the connection" in result.output
    )
    assert "✓ /proc/<pid>/stat" in result.output
    assert "edge\n  · all of it: it has no host" in result.output
    assert result.output.rstrip().endswith("missing at: gone")


def test_what_is_no_configuration_is_a_mistake_of_use(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["check", str(tmp_path), "--config", str(tmp_path / "no")])
    assert result.exit_code == 2 and "diagnose init" in result.output


def test_a_mariadb_is_told_to_log_what_is_slow_and_then_is_content(tmp_path: Path) -> None:
    places = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    server = shutil.which("mariadbd", path=places)
    install = shutil.which("mariadb-install-db", path=places)
    if server is None or install is None:
        pytest.skip("mariadb-server is not installed")
    toml = '[components.db]\nrole = "db"\ndatabase = "mysql"\ndefaults_file = "~/ours.cnf"\n'
    with folder_of("mysql") as root, ssh_hosts(tmp_path, "db") as hosts:
        (hosts.folder / "db/ours.cnf").write_text(f"[client]\nuser=root\nsocket={root}/socket\n")
        who = run_as("mysql", root)
        made = ["--no-defaults", f"--datadir={root}/data"]
        made.append("--auth-root-authentication-method=normal")
        output([install, *made], **who)
        command = [server, "--no-defaults", f"--datadir={root}/data", f"--socket={root}/socket",
                   "--skip-networking", f"--slow-query-log-file={root}/slow.log"]  # fmt: skip
        ask = ["mysql", "--no-defaults", "-S", f"{root}/socket", "-u", "root"]
        with running(command, signal.SIGTERM, **who):
            wait_until("it answers", lambda: output([*ask, "-e", "SELECT 1"]))
            first = items_of(checked(hosts, tmp_path, toml, "--json"), "db")
            assert first["slow log"]["state"] == "missing"
            (line, *_) = first["slow log"]["mend"]
            output([*ask, "-e", line])
            second = items_of(checked(hosts, tmp_path, toml, "--json"), "db")
    assert second["slow log"]["state"] == "there"
    lacking = {name for name, item in second.items() if item["state"] == "missing"}
    assert not any("PostgreSQL" in name for name in lacking), "which nobody runs there"


def test_prometheus_is_asked_whether_it_knows_the_component(tmp_path: Path) -> None:
    with ssh_hosts(tmp_path) as hosts:
        toml = '[components.lb]\nrole = "lb"\nprometheus = "http://127.0.0.1:1"\n'
        result = checked(hosts, tmp_path, toml)
    assert result.exit_code == 1 and "refuses the connection" in result.output


# Judging what was read


def facts(**formats: str) -> list[Fact]:
    return [Fact("nginx.upstream", "10.0.0.1:80")] + [
        Fact("nginx.log_format", text, name) for name, text in formats.items()
    ]


def test_a_format_is_judged_by_its_variables() -> None:
    logs = [("/a", "full"), ("/b", "half"), ("/c", "combined")]
    full = "".join(FORMAT)
    found = list(timings(logs, facts(full=full, half="${request_time} $upstream_response_time")))
    assert [item.state for item in found] == [State.THERE, State.MINOR, State.MISSING]
    assert "$upstream_header_time" in found[1].why
    (alone,) = timings([("/a", "x")], [Fact("nginx.log_format", "$request_time", "x")])
    assert alone.state is State.THERE, "nothing stands behind it"


@pytest.mark.parametrize(
    ("told", "least_s", "state", "line"),
    [
        ({"db.slow_query_log": "OFF"}, 10.0, State.MISSING, "SET GLOBAL slow_query_log = ON"),
        ({"db.slow_query_log": "ON"}, 10.0, State.MINOR, "long_query_time = 0.1"),
        ({"db.slow_query_log": "ON"}, 0.1, State.THERE, ""),
        ({"db.product": "PostgreSQL", "db.log_min_duration_ms": "-1"}, 0, State.MISSING, "ALTER"),
        ({"db.product": "PostgreSQL", "db.log_min_duration_ms": "250"}, 0.25, State.THERE, ""),
    ],
)
def test_a_slow_log_is_judged(told: dict, least_s: float, state: State, line: str) -> None:
    limits = [Limit("db.long_query_time_s", least_s)]
    (item,) = slow_log([Fact(name, value) for name, value in told.items()], limits)
    assert item.state is state and line in " ".join(item.mend)


def test_of_two_clients_the_one_without_a_server_is_no_lack() -> None:
    answered = [Entry("db", "a.txt", "x", "mysql --batch -e 1")]
    failed = [Entry("db", "b.txt", "y", "psql -X", why="no server", how="do")]
    assert list(failures(failed, answered, {})) == []
    (item,) = failures(failed, [], {})
    assert item.state is State.MISSING and item.mend == ("# do",)


def test_a_server_that_is_installed_and_does_not_run_is_no_lack() -> None:
    asked = [Asked(Fetch("a.txt", "x", where="command -v haproxy"), "haproxy_stat", ("lb",))]
    failed = [Entry("lb", "a.txt", "haproxy_stat", "x", why="no socket", how="make one")]
    for runs, state in (("sshd", State.MINOR), ("haproxy", State.MISSING), ("", State.MISSING)):
        probed = parse(f"runs {runs}\n" if runs else "", [])
        (item,) = failures(failed, [], {}, idle(asked, probed))
        assert item.state is state


def test_a_group_that_may_read_is_the_one_to_join() -> None:
    probed = Probed("me", files=(File("/var/log/x", "e", "-rw-r-----", "root", "adm"),))
    (item,) = readable(probed)
    assert item.mend[0] == "sudo usermod -aG adm me"


@pytest.mark.parametrize(
    ("probed", "line"),
    [
        (Probed(sadf=True), "sudo systemctl enable --now sysstat"),
        (Probed(os=("ubuntu", "debian")), "sudo apt-get install sysstat"),
        (Probed(os=("rocky", "rhel", "centos")), "sudo dnf install sysstat"),
        (Probed(os=("alpine",)), "sudo apk add sysstat"),
    ],
)
def test_sysstat_is_started_or_installed(probed: Probed, line: str) -> None:
    (item,) = sysstat(probed)
    assert item.state is State.MINOR and item.mend[0] == line


def test_sudo_that_works_or_is_not_wanted_is_no_matter() -> None:
    assert not list(sudo(True, Probed("me", root=True)))
    assert not list(sudo(False, Probed("me")))


def test_a_hostile_answer_neither_moves_the_cursor_nor_raises() -> None:
    probed = parse("user \x1b[2Jme\nfile\nfile r a\nroot\nos \x07\n", ["/a", "/b"])
    host = Checked("\x1b[1m", {"x\x1b": (Item(probed.user, State.MISSING, "\x9b", ("\x1b[H",)),)})
    for text in (as_text([host]), as_text([host], ascii=True), as_json([host])):
        assert "\x1b" not in text and "\x9b" not in text
    assert "\x1b[31m✗" in as_text([host], colour=True)


def test_hosts_are_asked_side_by_side(tmp_path: Path) -> None:
    names = [f"app{i}" for i in range(4)]
    with ssh_hosts(tmp_path, *names) as hosts:
        toml = "".join(f'[components.{name}]\nrole = "app"\n' for name in names)
        began = time.monotonic()
        result = checked(hosts, tmp_path, toml, "--json")
        assert time.monotonic() - began < 60
    assert [list(h["components"]) for h in json.loads(result.stdout)["hosts"]] == [
        [n] for n in names
    ]
    for host in json.loads(result.stdout)["hosts"]:
        assert abs(host["clock_offset_s"]) <= host["clock_error_s"] + 0.05
