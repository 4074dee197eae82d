"""Host keys: none is taken on trust, and what `diagnose trust` adds is what ssh itself believes."""

from __future__ import annotations

import re
import subprocess

import pytest
from ssh_hosts import make_key, needs, ssh_hosts

from diagnose.hosts.connect import connect
from diagnose.hosts.known_hosts import Standing, host_name
from diagnose.hosts.session import HostError, Target, output
from diagnose.hosts.trust import offered_keys, remember

KINDS = ("ed25519", "ecdsa", "rsa")


@pytest.fixture
def hosts(tmp_path):
    with ssh_hosts(tmp_path) as started:
        yield started


def trust(hosts, name):
    """What `diagnose trust NAME` does where the user agrees to everything."""
    shown = []
    for keys in offered_keys(Target(name), config=hosts.config):
        remember(keys)
        shown.append(keys)
    return shown


def reached(hosts, name):
    """Whether we and the ssh client both get in, strict as both are."""
    needs("ssh")
    session = connect(Target(name), config=hosts.config)
    ours = output(session, "echo in")[1]
    session.close()
    strict = ("-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes")
    said = subprocess.run(
        ["ssh", *strict, "-F", hosts.config, name, "echo in"], capture_output=True
    )
    return ours == said.stdout == b"in\n"


def refusal(hosts, name):
    with pytest.raises(HostError) as raised:
        connect(Target(name), config=hosts.config)
    assert "\n" not in raised.value.what
    return raised.value


def change_key(hosts, name):
    """Let known_hosts hold another key for it, in its third line."""
    host = hosts[name]
    other = make_key(hosts.folder / "other")
    line = f"[{host.address}]:{host.port} {other.with_suffix('.pub').read_text()}"
    hosts.known_hosts.write_text(f"# mine\n\n{line}")
    return other


def test_an_unknown_key_is_refused_before_anything_of_ours_is_sent(hosts):
    host = hosts.add("web", known=False, options=("LogLevel DEBUG1",))
    error = refusal(hosts, "web")
    assert f"is not known: ssh-ed25519 {host.fingerprint()}" in error.what
    assert "`diagnose trust web`" in error.hint
    assert "userauth" not in host.log.read_text()


def test_every_key_is_shown_with_the_fingerprint_that_ssh_keygen_prints(hosts):
    host = hosts.add("web", known=False, key_types=KINDS)
    [keys] = trust(hosts, "web")
    assert [key.fingerprint for key in keys] == [host.fingerprint(kind) for kind in KINDS]
    assert {key.standing for key in keys} == {Standing.UNKNOWN}
    assert reached(hosts, "web")


def test_what_is_remembered_is_remembered_once(hosts):
    hosts.add("web", known=False, key_types=KINDS)
    [keys] = trust(hosts, "web")
    before = hosts.known_hosts.read_text()
    assert remember(keys) is None
    [again] = trust(hosts, "web")
    assert {key.standing for key in again} == {Standing.KNOWN}
    assert hosts.known_hosts.read_text() == before
    assert before.count("\n") == len(KINDS)


def test_names_are_hashed_where_ssh_hashes_them(hosts):
    host = hosts.add("web", known=False, user_config=("HashKnownHosts yes",))
    trust(hosts, "web")
    written = hosts.known_hosts.read_text()
    assert written.startswith("|1|")
    assert host.address not in written
    asked = ["ssh-keygen", "-F", f"[{host.address}]:{host.port}", "-f", hosts.known_hosts]
    assert subprocess.run(asked, capture_output=True).returncode == 0
    assert reached(hosts, "web")


def test_a_port_stands_behind_the_name_unless_it_is_22_and_an_alias_replaces_both():
    assert host_name("Web.example", 22) == "web.example"
    assert host_name("web.example", 2222) == "[web.example]:2222"
    assert host_name("2001:db8::1", 2222) == "[2001:db8::1]:2222"
    assert host_name("10.0.0.1", 2222, "web") == "web"


def test_an_alias_is_what_the_key_is_remembered_for(hosts):
    hosts.add("web", known=False, user_config=("HostKeyAlias db-of-web",))
    trust(hosts, "web")
    assert hosts.known_hosts.read_text().startswith("db-of-web ssh-ed25519 ")
    assert reached(hosts, "web")


def test_a_changed_key_is_refused_naming_file_and_line(hosts):
    host = hosts.add("web", known=False)
    other = change_key(hosts, "web")
    error = refusal(hosts, "web")
    print_of_other = subprocess.check_output(["ssh-keygen", "-lf", f"{other}.pub"], text=True)
    assert f"{hosts.known_hosts}, line 3" in error.what
    assert host.fingerprint() in error.what
    assert print_of_other.split()[1] in error.what
    assert f"remove line 3 of {hosts.known_hosts}" in error.hint
    assert "`diagnose trust web`" in error.hint


def test_a_changed_key_is_never_replaced(hosts):
    hosts.add("web", known=False, key_types=KINDS)
    change_key(hosts, "web")
    before = hosts.known_hosts.read_text()
    [keys] = offered_keys(Target("web"), config=hosts.config)
    assert [key.standing for key in keys] == ["changed", "unknown", "unknown"]
    with pytest.raises(HostError, match="another ssh-ed25519 key than the known one") as raised:
        remember(keys)
    assert f"remove line 3 of {hosts.known_hosts}" in raised.value.hint
    assert hosts.known_hosts.read_text() == before
    hosts.known_hosts.write_text("\n".join(before.split("\n")[:2]))  # as it says
    trust(hosts, "web")
    assert reached(hosts, "web")


def test_a_host_of_which_another_kind_is_known_is_not_taken_for_known(hosts):
    host = hosts.add("web", known=False, key_types=("rsa",))
    other = make_key(hosts.folder / "other").with_suffix(".pub").read_text()
    hosts.known_hosts.write_text(f"[{host.address}]:{host.port} {other}")
    assert "known is only its ssh-ed25519 key" in refusal(hosts, "web").what


def test_a_host_with_several_keys_shows_the_one_that_is_known(hosts):
    host = hosts.add("web", known=False, key_types=KINDS)
    hosts.known_hosts.write_text(f"[{host.address}]:{host.port} {host.public_key('rsa')}\n")
    assert reached(hosts, "web")


def test_a_revoked_key_is_refused_and_not_remembered(hosts):
    host = hosts.add("web")
    with hosts.known_hosts.open("a") as file:
        file.write(f"@revoked * {host.public_key()}\n")
    assert f"is revoked: ssh-ed25519 {host.fingerprint()}" in refusal(hosts, "web").what
    [keys] = offered_keys(Target("web"), config=hosts.config)
    with pytest.raises(HostError, match="is revoked"):
        remember(keys)


def test_a_list_of_revoked_keys_holds(hosts):
    host = hosts.add("web", user_config=(f'RevokedHostKeys "{hosts.folder}/revoked"',))
    assert "RevokedHostKeys cannot be read" in refusal(hosts, "web").what
    (hosts.folder / "revoked").write_text(f"# stolen\n{host.public_key()} of web\n")
    assert "is revoked" in refusal(hosts, "web").what


def test_a_line_without_an_end_is_ended_first(hosts):
    hosts.add("lb")
    hosts.known_hosts.write_text(hosts.known_hosts.read_text().rstrip("\n"))
    hosts.add("web", known=False)
    hosts.known_hosts.write_text(hosts.known_hosts.read_text().rstrip("\n"))
    trust(hosts, "web")
    assert reached(hosts, "web")
    assert reached(hosts, "lb")


def test_the_file_and_its_folder_are_made_for_the_user_alone(hosts):
    hosts.known_hosts = hosts.folder / "new" / "known_hosts"
    hosts.add("web", known=False)
    trust(hosts, "web")
    assert hosts.known_hosts.stat().st_mode & 0o777 == 0o600
    assert hosts.known_hosts.parent.stat().st_mode & 0o777 == 0o700


def test_without_a_file_to_remember_in_it_is_said(hosts):
    hosts.known_hosts = "/dev/null"
    hosts.add("web", known=False)
    with pytest.raises(HostError, match="no key can be remembered"):
        trust(hosts, "web")


def test_jump_hosts_are_trusted_one_after_the_other(hosts):
    for name, jump in (("jump1", ""), ("jump2", ""), ("web", "jump1,jump2")):
        hosts.add(name, known=False, jump=jump)
    assert "`diagnose trust jump1`" in refusal(hosts, "web").hint
    shown = trust(hosts, "web")
    assert [re.match(r"\w+", keys[0].at)[0] for keys in shown] == ["jump1", "jump2", "web"]
    assert reached(hosts, "web")


def test_a_jump_host_that_was_not_agreed_to_is_not_passed(hosts):
    hosts.add("jump1", known=False)
    hosts.add("web", known=False, jump="jump1")
    hops = offered_keys(Target("web"), config=hosts.config)
    assert next(hops)[0].at.startswith("jump1")
    with pytest.raises(HostError, match="the key of jump1"):
        next(hops)


def test_this_machine_needs_none():
    with pytest.raises(HostError, match="needs no trust"):
        next(offered_keys(Target("local")))
