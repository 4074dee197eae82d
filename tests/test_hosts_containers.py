"""Containers of a host, by the podman that runs there."""

from __future__ import annotations

import pytest
from busybox_root import busybox_root
from container_engine import containers, podman
from ssh_hosts import ssh_hosts

from diagnose.hosts.connect import connect
from diagnose.hosts.session import HostError, Target, output

# What the docker command prints where the user is not in its group, and where no daemon runs.
NOT_ALLOWED = (
    "permission denied while trying to connect to the Docker daemon socket at "
    "unix:///var/run/docker.sock"
)
NO_DAEMON = (
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon "
    "running?"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with containers(tmp_path_factory.mktemp("images")) as started:
        yield started


@pytest.fixture(scope="module")
def api(made):
    return made.run(made.busybox(), "sleep", "1000")


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    with ssh_hosts(tmp_path_factory.mktemp("hosts")) as started:
        started.add("node")
        yield started


@pytest.fixture(scope="module", params=["node", "local"])
def session(request, hosts, api):
    opened = connect(Target(request.param, container=api), config=hosts.config)
    yield opened
    opened.close()


def refusal(hosts, **target):
    with pytest.raises(HostError) as raised:
        connect(Target(**target), config=hosts.config)
    return raised.value


def test_commands_run_inside(session):
    done, said = output(session, "cat /etc/passwd; ls -l /bin/ls")
    assert said.startswith(b"root:*:0:0:root:/root:/bin/sh\n")
    assert b"-> busybox" in said
    assert done.command == "cat /etc/passwd; ls -l /bin/ls"


def test_output_status_and_errors_come_apart(session):
    done, said = output(session, "echo out; echo it\\'s wrong >&2; exit 3")
    assert (said, done.stderr, done.status) == (b"out\n", "it's wrong\n", 3)


def test_input_is_given_and_closed(session):
    parts: list[bytes] = []
    assert session.run("wc -c", parts.append, stdin=b"x" * 300_000).ok
    assert b"".join(parts).strip() == b"300000"


def test_every_byte_comes_as_it_was(session):
    octal = "".join(f"\\{n:03o}" for n in range(256))
    assert output(session, f"printf '{octal}'")[1] == bytes(range(256))


def test_endless_output_is_cut_exactly_at_the_limit_and_ends_inside(session, api):
    done = session.run("yes endless", lambda _: None, limit=1_000_001)
    assert done.truncated
    assert done.bytes == 1_000_001
    assert "endless" not in podman("top", api, "args")


def test_a_command_that_takes_too_long_is_ended_inside(session, api):
    done, said = output(session, "echo begun; (sleep 7551 & wait)", seconds=1)
    assert said == b"begun\n"
    assert done.timed_out
    assert "7551" not in podman("top", api, "args")


def test_what_is_left_behind_by_a_lost_connection_has_its_processor_time_bounded(session):
    assert output(session, "ulimit -t", seconds=7)[1] == b"28\n"


def test_a_container_that_is_not_running_is_said_so(hosts, made):
    stopped = made.run(made.busybox(), "true")
    podman("wait", stopped)
    error = refusal(hosts, address="node", container=stopped)
    assert error.what == f"the container {stopped} on node is not running"
    assert "Start it" in error.hint


def test_a_container_that_is_not_there_is_said_so(hosts, made):
    error = refusal(hosts, address="node", container="nobody")
    assert error.what.startswith("there is no container nobody on node: ")
    assert "`podman ps`" in error.hint


def test_an_image_without_a_shell_is_said_so(hosts, made, tmp_path):
    root = busybox_root(tmp_path / "bare")
    for link in (root / "bin").iterdir():
        if link.name not in ("busybox", "sleep"):
            link.unlink()
    bare = made.run(made.image(root), "/bin/sleep", "1000")
    error = refusal(hosts, address="node", container=bare)
    assert error.what.startswith(f"no command can be run in the container {bare}: ")
    assert "An image without sh" in error.hint


def test_a_host_without_docker_and_podman_is_said_so(hosts):
    hosts.add("router", server="dropbear")
    error = refusal(hosts, address="router", container="api")
    assert "no docker or podman on router" in error.what


@pytest.mark.parametrize("name", ["-v", "a b", "$(reboot)", "../x"])
def test_what_cannot_be_a_name_is_never_sent(hosts, name):
    assert "cannot be a container's name" in refusal(hosts, address="node", container=name).what


@pytest.mark.parametrize(
    ("says", "sentence", "hint"),
    [
        (NOT_ALLOWED, "we may not use docker on shut: permission denied", "sudo = true"),
        (NO_DAEMON, "docker on shut does not answer: Cannot connect", "Start its daemon"),
    ],
)
def test_an_engine_that_does_not_serve_us_is_said_so(hosts, tmp_path, says, sentence, hint):
    """By a command of that name which says what docker says: there is no daemon here."""
    (tmp_path / "sh").symlink_to("/bin/sh")
    (tmp_path / "docker").write_text(f"#!/bin/sh\necho '{says}' >&2; exit 1\n")
    (tmp_path / "docker").chmod(0o755)
    alone = f'ForceCommand PATH={tmp_path} /bin/sh -c "$SSH_ORIGINAL_COMMAND"'
    with ssh_hosts(tmp_path) as own:
        own.add("shut", options=(alone,))
        error = refusal(own, address="shut", container="api")
    assert error.what.startswith(sentence)
    assert hint in error.hint
