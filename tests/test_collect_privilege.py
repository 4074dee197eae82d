"""The restricted key of docs/privilege.md, on a real sshd."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest
from privilege_page import blocks
from ssh_hosts import make_key, ssh_hosts

from diagnose.collect.loops import Recording, loops
from diagnose.collect.plan import Part, plan
from diagnose.hosts.connect import connect
from diagnose.hosts.session import Target, output
from diagnose.places import Place

OPTIONS = blocks()["restricted key"].partition(" ssh-ed25519 ")[0]


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    folder = tmp_path_factory.mktemp("key")
    with ssh_hosts(folder) as hosts:
        keys, key = folder / "authorized_keys", make_key(folder / "restricted")
        options = OPTIONS.replace("192.0.2.10", "127.0.0.0/8")
        keys.write_text(f"{options} {Path(f'{key}.pub').read_text()}")
        hosts.add("web", options=[f"AuthorizedKeysFile {keys}"])
        hosts.config.write_text(hosts.config.read_text().replace(str(hosts.identity), str(key)))
        yield hosts


@pytest.fixture
def session(host):
    opened = connect(Target("web"), config=host.config)
    yield opened
    opened.close()


def test_a_host_is_sampled_through_it(session, tmp_path):
    wanted = plan([Part("web", "lb", Place("web"))])
    recording = Recording.of(loops(wanted)[0], lambda _: tmp_path, 2**24)
    done = recording.run(session)
    assert done.ok
    assert {"proc_stat.txt", "proc_meminfo.txt"} <= {one.fetch.file for one in recording.close()}


def test_no_byte_can_be_written_with_it(session, tmp_path):
    done, _ = output(
        session,
        f"echo text > {tmp_path}/file; ulimit -f 100; dd if=/dev/zero "
        f"of={tmp_path}/other count=1 || exit 7",
    )
    assert not done.ok
    assert all(file.stat().st_size == 0 for file in tmp_path.iterdir())


def test_it_forwards_no_port(host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = subprocess.run(
            ["ssh", "-F", host.config, "-W", f"127.0.0.1:{port}", "web"],
            capture_output=True,
            check=False,
            timeout=20,
            stdin=subprocess.DEVNULL,
        )
    assert said.returncode != 0
    assert b"prohibited" in said.stderr or b"open failed" in said.stderr
