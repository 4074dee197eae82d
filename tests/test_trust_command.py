"""`diagnose trust` shows the keys of every hop, and writes none that the user did not agree to."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ssh_hosts import SshHosts, make_key, ssh_hosts

from diagnose.cli import main
from diagnose.collect.trusting import target_of, trust
from diagnose.hosts.session import Target


def run(hosts: SshHosts, *words: str) -> Result:
    return CliRunner().invoke(main, ["trust", *words, "--ssh-config", str(hosts.config)])


def test_the_keys_of_each_hop_are_shown_and_remembered_when_agreed(tmp_path: Path) -> None:
    with ssh_hosts(tmp_path) as hosts:
        jump = hosts.add("jump1", known=False, key_types=("ed25519", "rsa"))
        api = hosts.add("api", known=False, jump="jump1")
        result = run(hosts, "api", "--yes")
        assert result.exit_code == 0, result.output
        at = [result.output.index(f) for f in
              (jump.fingerprint(), jump.fingerprint("rsa"), api.fingerprint())]  # fmt: skip
        assert at == sorted(at) and "unknown" in result.output
        known = hosts.known_hosts.read_text()
        assert all(host.public_key().split()[1] in known for host in (jump, api))
        again = run(hosts, "api")
        assert again.exit_code == 0 and "unknown" not in again.output
        assert hosts.known_hosts.read_text() == known


def test_without_a_terminal_nobody_has_agreed(tmp_path: Path) -> None:
    with ssh_hosts(tmp_path) as hosts:
        host = hosts.add("lb", known=False)
        result = run(hosts, "lb")
        assert result.exit_code == 2 and host.fingerprint() in result.output
        assert "--yes" in result.output and hosts.known_hosts.read_text() == ""


def test_the_user_may_refuse(tmp_path: Path) -> None:
    asked: list[str] = []
    said: list[str] = []
    with ssh_hosts(tmp_path) as hosts:
        hosts.add("lb", known=False)

        def refuse(question: str) -> bool:
            asked.append(question)
            return False

        assert not trust(Target("lb"), say=said.append, agree=refuse, config=hosts.config)
        assert len(asked) == 1 and str(hosts.known_hosts) in asked[0]
        assert hosts.known_hosts.read_text() == "" and said[-1] == "not remembered"


def test_a_changed_key_is_refused_whatever_was_agreed(tmp_path: Path) -> None:
    with ssh_hosts(tmp_path) as hosts:
        host = hosts.add("lb")
        other = make_key(tmp_path / "other")
        blob = " ".join(Path(f"{other}.pub").read_text().split()[:2])
        hosts.known_hosts.write_text(f"[{host.address}]:{host.port} {blob}\n")
        before = hosts.known_hosts.read_text()
        result = run(hosts, "lb", "--yes")
        assert result.exit_code == 3 and "changed" in result.output
        assert "remove line 1" in result.output and hosts.known_hosts.read_text() == before


def test_a_component_stands_for_its_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "diagnose.toml").write_text(
        '[components.front]\nrole = "lb"\nhost = "10.0.0.1"\nuser = "deploy"\nport = 2222\n'
    )
    monkeypatch.chdir(tmp_path)
    assert target_of("front") == Target("10.0.0.1", "deploy", 2222)
    assert target_of("front", user="me") == Target("10.0.0.1", "me", 2222)
    assert target_of("elsewhere") == Target("elsewhere")


def test_this_machine_needs_no_trust() -> None:
    result = CliRunner().invoke(main, ["trust", "local"])
    assert result.exit_code == 3 and "needs no trust" in result.output
