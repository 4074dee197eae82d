"""Ways to a host: keys, the agent, ssh's configuration, jumps; and hosts that do not let us in."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import threading

import pytest
from ssh_hosts import make_key, needs, ssh_hosts

from diagnose.hosts.connect import connect
from diagnose.hosts.link import Hops
from diagnose.hosts.session import HostError, Target, output

HASTY = "ConnectTimeout 1"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    with ssh_hosts(tmp_path_factory.mktemp("reach"), "web") as started:
        yield started


def name_of(hosts, name="web", **rest):
    """What the host says when it is reached; its log then tells how."""
    session = connect(Target(name, **rest), config=hosts.config)
    try:
        return output(session, "echo in")[1]
    finally:
        session.close()


def refusal(hosts, name="web", **rest):
    with pytest.raises(HostError) as raised:
        connect(Target(name, **rest), config=hosts.config)
    assert "\n" not in raised.value.what
    assert raised.value.what.isprintable()
    return raised.value


# -- keys ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "form"),
    [("ed25519", ()), ("ecdsa", ()), ("rsa", ("-m", "PEM")), ("ecdsa", ("-m", "PEM"))],
)
def test_keys_of_any_usual_kind_and_form_open_the_host(hosts, tmp_path, kind, form):
    key = make_key(tmp_path / "key", kind)
    if form:
        rewrite = ["ssh-keygen", "-q", "-p", "-N", "", *form, "-f", key]
        subprocess.run(rewrite, check=True, stdin=subprocess.DEVNULL)
        assert b"OPENSSH" not in key.read_bytes()
    with taken(hosts, key):
        assert name_of(hosts, identity=str(key)) == b"in\n"
        assert hosts["web"].log.read_text().count(fingerprint(key))


@contextlib.contextmanager
def taken(hosts, key):
    """While it is among the keys that the hosts take, and theirs is not."""
    path = hosts.identity.with_suffix(".pub")
    before = path.read_text()
    path.write_text(key.with_suffix(".pub").read_text())
    try:
        yield
    finally:
        path.write_text(before)


def fingerprint(key):
    return subprocess.check_output(["ssh-keygen", "-lf", f"{key}.pub"], text=True).split()[1]


def test_a_certificate_beside_the_key_is_shown_with_it(hosts, tmp_path):
    authority, key = make_key(tmp_path / "authority"), make_key(tmp_path / "key")
    hosts.add("strict", options=(f"TrustedUserCAKeys {authority}.pub",))
    sign = ["ssh-keygen", "-q", "-s", authority, "-I", "me", "-n", "root", f"{key}.pub"]
    subprocess.run(sign, check=True)
    assert name_of(hosts, "strict", identity=str(key)) == b"in\n"
    assert "ED25519-CERT" in hosts["strict"].log.read_text()


def test_a_key_that_is_locked_is_named(hosts, tmp_path):
    key = make_key(tmp_path / "locked", passphrase="secret")
    with taken(hosts, key):
        error = refusal(hosts, identity=str(key))
    assert f"{key} is locked by a passphrase" in error.what
    assert f"ssh-add {key}" in error.hint


def test_a_key_that_the_host_does_not_take_is_named(hosts, tmp_path):
    key = make_key(tmp_path / "other")
    with taken(hosts, make_key(tmp_path / "another")):
        error = refusal(hosts, identity=str(key))
    assert "takes no key of ours: offered were" in error.what
    assert str(key) in error.what
    assert f"ssh-copy-id -i {key}.pub" in error.hint


def test_an_identity_that_is_not_there_is_named(hosts):
    assert (
        "the identity of web is not there: /nowhere/id"
        in refusal(hosts, identity="/nowhere/id").what
    )


@pytest.fixture
def agent(tmp_path, monkeypatch):
    needs("ssh-agent", "ssh-add")
    path = f"{tmp_path}/agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", path)
    for _ in range(200):
        if os.path.exists(path):
            break
        threading.Event().wait(0.01)
    yield path
    process.terminate()
    process.wait(10)


def test_the_agent_opens_what_a_locked_key_cannot(hosts, tmp_path, agent):
    key = make_key(tmp_path / "key")
    subprocess.run(["ssh-add", "-q", key], check=True, stdin=subprocess.DEVNULL)
    lock = ["ssh-keygen", "-q", "-p", "-N", "secret", "-f", key]
    subprocess.run(lock, check=True, stdin=subprocess.DEVNULL)
    config = hosts.folder / "agent.config"
    web = hosts["web"]
    config.write_text(
        f"Host web\n  HostName {web.address}\n  Port {web.port}\n  User root\n"
        f'  IdentityFile "{key}"\n  IdentitiesOnly yes\n  IdentityAgent "{agent}"\n'
        f'  UserKnownHostsFile "{hosts.known_hosts}"\n'
    )
    with taken(hosts, key):
        session = connect(Target("web"), config=config)
        assert output(session, "echo in")[1] == b"in\n"
        session.close()


def test_no_password_is_ever_offered(hosts):
    hosts.add("words", options=("PubkeyAuthentication no", "PasswordAuthentication yes"))
    error = refusal(hosts, "words")
    assert "takes no keys, only password" in error.what
    assert "passwords are not supported" in error.hint


# -- ssh's configuration --------------------------------------------------------------------


def test_includes_wildcards_and_matches_hold_as_ssh_resolves_them(hosts, tmp_path):
    needs("ssh")
    web = hosts["web"]
    (tmp_path / "more").write_text(f"Host w*\n  Port {web.port}\n  User root\n")
    config = tmp_path / "config"
    config.write_text(
        f'Include "{tmp_path}/more"\nHost we?\n  HostName {web.address}\n'
        f'Match host {web.address}\n  IdentityFile "{hosts.identity}"\n'
        f'  UserKnownHostsFile "{hosts.known_hosts}"\n'
    )
    session = connect(Target("web"), config=config)
    assert output(session, "echo in")[1] == b"in\n"
    session.close()


def test_without_an_ssh_client_include_is_refused_and_the_rest_holds(hosts, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert name_of(hosts) == b"in\n"
    config = tmp_path / "config"
    config.write_text("Include other\n")
    with pytest.raises(HostError, match="has Include or Match") as raised:
        connect(Target("web"), config=config)
    assert "Install the ssh client" in raised.value.hint


def test_a_line_that_ssh_does_not_know_is_named(hosts, tmp_path):
    needs("ssh")
    config = tmp_path / "config"
    config.write_text("Host web\n  Hotsname 10.0.0.1\n")
    with pytest.raises(HostError, match=r"line 2: Bad configuration option: hotsname"):
        connect(Target("web"), config=config)


@pytest.mark.parametrize("name", ["-oProxyCommand=reboot", "a;reboot", "$(reboot)", "a b", "x@-l"])
def test_what_cannot_be_a_host_is_never_handed_on(hosts, name):
    assert "cannot be a host" in refusal(hosts, name).what


def test_two_jumps_lead_to_the_host_and_are_connected_to_once(hosts):
    for name, jump in (("jump1", ""), ("jump2", "jump1"), ("deep1", "jump2"), ("deep2", "jump2")):
        hosts.add(name, jump=jump, options=("LogLevel VERBOSE",))
    with Hops() as hops:
        for name in ("deep1", "deep2"):
            session = connect(Target(name), config=hosts.config, hops=hops)
            assert output(session, "echo in")[1] == b"in\n"
            session.close()
    for name in ("jump1", "jump2"):
        assert hosts[name].log.read_text().count("Accepted publickey") == 1


def test_a_jump_that_may_not_be_made_is_said_so(hosts):
    hosts.add("narrow", options=("AllowTcpForwarding no",))
    hosts.add("behind", jump="narrow")
    error = refusal(hosts, "behind")
    assert "the jump host forbids the way to behind" in error.what
    assert "AllowTcpForwarding" in error.hint


def test_a_proxy_command_is_run_and_ended(hosts):
    needs("busybox")
    web = hosts["web"]
    with hosts.config.open("a") as file:
        file.write(
            f"Host by-command\n  HostName {web.address}\n  Port {web.port}\n  User root\n"
            f'  IdentityFile "{hosts.identity}"\n  IdentitiesOnly yes\n  IdentityAgent none\n'
            f'  UserKnownHostsFile "{hosts.known_hosts}"\n'
            "  ProxyCommand busybox nc %h %p\n"
        )
    assert name_of(hosts, "by-command") == b"in\n"
    said = subprocess.run(["pgrep", "-f", f"nc {web.address} {web.port}"], capture_output=True)
    assert said.returncode == 1


def test_a_proxy_command_that_fails_says_why(hosts):
    hosts.add("unlucky", user_config=("ProxyCommand echo no route to %h >&2; exit 1",))
    error = refusal(hosts, "unlucky")
    assert error.what.startswith("the ProxyCommand for unlucky (127.")
    assert "fails: no route to 127." in error.what


# -- hosts that are none --------------------------------------------------------------------


@contextlib.contextmanager
def listening(hosts, name, says=b"", *, hang_up=False):
    """A port that takes the connection, says that and no more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    stream = server.accept()[0]
                    stream.sendall(says)
                    held.append(stream)
                    if hang_up:
                        stream.close()

        threading.Thread(target=serve, daemon=True).start()
        with hosts.config.open("a") as file:
            port = server.getsockname()[1]
            file.write(f"Host {name}\n  HostName 127.0.0.1\n  Port {port}\n  {HASTY}\n")
        yield
        for stream in held:
            stream.close()


def test_a_host_that_takes_the_connection_and_says_nothing(hosts):
    with listening(hosts, "mute"):
        error = refusal(hosts, "mute")
    assert "takes the connection, and then says nothing for 1 s" in error.what


def test_a_host_that_stops_in_the_middle_of_the_handshake(hosts):
    with listening(hosts, "stuck", b"SSH-2.0-OpenSSH_9.2p1\r\n"):
        assert "says nothing for 1 s" in refusal(hosts, "stuck").what


def test_a_port_of_something_else_is_told_by_what_it_says(hosts):
    with listening(hosts, "mail", b"220 \x1b]0;owned\x07mail.example ESMTP\r\n"):
        error = refusal(hosts, "mail")
    assert "does not speak SSH; it says" in error.what
    assert "mail.example ESMTP" in error.what
    assert "Mend the port" in error.hint


def test_a_host_that_hangs_up_at_once_is_asked_again_and_then_said_so(hosts):
    with listening(hosts, "shy", hang_up=True):
        assert "closes the connection at once" in refusal(hosts, "shy").what


def test_a_port_that_nobody_listens_on(hosts):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = refusal(hosts, "127.0.0.1", port=port)
    assert f"127.0.0.1 (127.0.0.1 port {port}) refuses the connection" in error.what
    assert "Does sshd run there" in error.hint


def test_a_name_that_nobody_has(hosts):
    assert "the name nobody.invalid cannot be resolved" in refusal(hosts, "nobody.invalid").what


# -- what a host says -----------------------------------------------------------------------


def test_escapes_of_banners_and_errors_never_reach_our_terminal(hosts, tmp_path):
    (tmp_path / "banner").write_bytes(b"\x1b[2J\x1b]0;owned\x07Welcome\n" * 20)
    hosts.add("gaudy", options=(f"Banner {tmp_path}/banner",))
    session = connect(Target("gaudy"), config=hosts.config)
    done, said = output(session, r"printf '\033[2J' >&2; printf '\033[2J'; exit 1")
    session.close()
    assert done.stderr == "\\x1b[2J"
    assert said == b"\x1b[2J"  # what is kept in a file is what the host said


def test_a_login_shell_that_is_none_is_said_so_without_its_escapes(hosts):
    hosts.add("menu", options=("ForceCommand printf '\\033[2JChoose: '; exit 0",))
    error = refusal(hosts, "menu")
    assert "has no POSIX shell for us" in error.what
    assert "\\x1b[2JChoose:" in error.what
    assert "device" in error.hint


@pytest.mark.parametrize("shell", ["fish", "tcsh", "zsh", "dash"])
def test_any_login_shell_runs_what_a_posix_shell_would(hosts, shell):
    needs(shell)
    hosts.add(f"by-{shell}", shell=shell)
    session = connect(Target(f"by-{shell}"), config=hosts.config)
    done, said = output(session, 'for i in 1 2; do echo "it\'s $i!\\n"; done | grep -c "[!]"')
    session.close()
    assert (said, done.ok) == (b"2\n", True)
