"""All that may run on a host only reads, and what may run as root is exactly listed."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from privilege_page import blocks, current
from shell_text import commands, plain, targets

from diagnose.cli import main
from diagnose.collect.allowed import FOR_LOGS, PROGRAMS, as_root, fetches, sudoers, texts
from diagnose.collect.loops import loops
from diagnose.collect.plan import Part, Plan, plan
from diagnose.fetches import When
from diagnose.hosts.local import LocalSession
from diagnose.model import ROLES
from diagnose.places import Place

HARMLESS = {"/dev/null", "1", "2"}
ALL = [(fetch.file, text) for _, fetch in fetches() for text in texts(fetch)]
# Options and words by which a program that reads would write, ask for more, or change something.
WRITING = {
    "sed": r"-i|--in-place",
    "sort": r"-o|--output.*",
    "find": r"-delete|-exec.*|-ok.*|-fprint.*|-fls",
    "curl": r"-[oOTdFX].*|--output.*|--data.*|--upload.*|--request.*",
    "wget": r"--post.*|--body.*|-[Pp]",
    "ip": r"add|del|delete|change|replace|set|flush",
    "tc": r"add|del|delete|change|replace|set",
    "sysctl": r"-w|--write|.*=.*|-p|--load.*",
    "conntrack": r"-[DUIFE]|--delete|--update|--create|--flush",
    "nginx": r"-s|-t",
    "date": r"-s|--set.*",
    "netstat": r"",
    "ss": r"-K|--kill",
}
ANSWERING = r"(?is)\s*(SELECT|SHOW|WITH|\\\w)"
CHANGING = r"(?i)\b(INTO\s+OUTFILE|FOR\s+UPDATE|pg_reset|pg_terminate|pg_cancel|pg_reload|COPY)\b"


def whole_scripts():
    wanted = plan([Part(role, role, Place("h")) for role in ROLES])
    return [loop.script(nonce="n") for loop in loops(wanted, *When, sudo=True)]


def test_the_lexer_tells_programs_from_words():
    text = """f() { cat a; }; if command -v x; then f | tr 'a; rm' "$(ls "b; rm")" 2>&1 >o; fi
    case $x in rm | "mv") wc -l ;; *) head ;; esac # rm
    y=$(for z in $(find / -delete); do case $z in a) tac ;; esac; done)"""
    ran = sorted(words[0] for words in commands(text))
    assert ran == ["cat", "find", "head", "ls", "tac", "tr", "wc"]
    assert targets(text) == {"1", "o"}


@pytest.mark.parametrize(("file", "text"), ALL, ids=[file for file, _ in ALL])
def test_no_fetch_writes_to_a_file(file, text):
    assert targets(text) <= HARMLESS


def test_the_recorder_writes_to_no_file():
    for script in whole_scripts():
        assert targets(script) <= HARMLESS


def test_the_list_of_programs_is_the_list_of_what_is_run():
    every = [text for _, text in ALL] + whole_scripts()
    ran = {words[0] for text in every for words in commands(text)}
    assert sorted(ran | {"sh", "sudo"}) == sorted(PROGRAMS)


CONFIG = """\
[run]
name = "all"
[components.gen]
role = "load_generator"
host = "local"
results = ["{folder}/*.csv"]
sends_to = ["lb"]
[components.lb]
role = "lb"
host = "local"
sudo = true
unit = "nginx.service"
logs = ["{folder}/*.log*"]
sends_to = ["db"]
[components.db]
role = "db"
host = "local"
"""


def test_a_whole_collection_runs_no_other_program_and_writes_to_no_file(tmp_path, monkeypatch):
    """All that reaches a session, logs and clocks included; `check` as well."""
    told, run = set(), LocalSession.run

    def noted(self, command, sink, **rest):
        told.update((command, rest.get("stdin", b"").decode()))
        return run(self, command, sink, **rest)

    monkeypatch.setattr(LocalSession, "run", noted)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.log").write_text("2026-01-01 00:00:00 a line\n")
    (tmp_path / "b.csv").write_text("a,b\n1,2\n")
    (tmp_path / "diagnose.toml").write_text(CONFIG.format(folder=tmp_path))
    for words in (["check"], ["collect", "run", "--", "sleep", "0.2"]):
        CliRunner().invoke(main, words)
    assert len(told) > 20
    for text in told:
        assert targets(text) <= HARMLESS
        unpacks = re.findall(r"\bz='(\w+) -d\w+'", text)  # ${z:-cat}
        for program, *words in commands(text):
            assert program in {*PROGRAMS, *FOR_LOGS} or (program == "_" and unpacks), text
            assert program != "dd" or not [word for word in words if word.startswith("of=")]
        assert set(unpacks) <= set(FOR_LOGS)


@pytest.mark.parametrize(("file", "text"), ALL, ids=[file for file, _ in ALL])
def test_no_program_is_told_to_write(file, text):
    for program, *words in commands(text):
        pattern = WRITING.get(program, "")
        assert not [word for word in words if pattern and re.fullmatch(pattern, word)]


@pytest.mark.parametrize(("file", "text"), ALL, ids=[file for file, _ in ALL])
def test_awk_and_sed_write_to_no_file(file, text):
    for quoted in re.findall(r"'([^']*)'", text):
        for target in re.findall(r'print[^;}\n]*>\s*"([^"]*)"', quoted):
            assert target in ("/dev/stderr", "")
        assert not re.search(r"\bsystem\(|getline\s*<|\|\s*getline", quoted)


@pytest.mark.parametrize(("file", "text"), ALL, ids=[file for file, _ in ALL])
def test_databases_are_asked_and_never_told(file, text):
    for sql in re.findall(r"(?:-e|-c) '((?:[^']|'\"'\"')*)'", text):
        assert re.match(ANSWERING, sql)
        assert not re.search(CHANGING, sql)


@pytest.mark.parametrize(("file", "text"), ALL, ids=[file for file, _ in ALL])
def test_sockets_are_asked_and_never_told(file, text):
    """What is sent to HAProxy's socket stands in front of the bar; Redis is asked INFO alone."""
    for said in re.findall(r"([^\n|]*)\|\s*(?:nc|socat)\b", text):
        assert re.fullmatch(r".*echo '(show \w+;?)+' ", said)
    for program, *words in commands(text):
        assert program not in ("redis-cli", "valkey-cli") or words == ["INFO"]


def test_what_runs_as_root_are_simple_commands():
    assert "nginx -T" in as_root()
    for command in as_root():
        assert commands(command) == [command.split()]
        assert "_" not in plain(command)


@pytest.fixture
def user():
    if os.geteuid() != 0:
        pytest.skip("making a user needs root")
    for program in ("sudo", "visudo", "useradd", "runuser"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    name = f"dg{secrets.token_hex(3)}"
    rules = Path("/etc/sudoers.d") / name
    subprocess.run(["useradd", "-M", "-s", "/bin/sh", name], check=True)
    try:
        rules.write_text(sudoers(name))
        rules.chmod(0o440)
        yield name
    finally:
        rules.unlink(missing_ok=True)
        subprocess.run(["userdel", name], check=False, capture_output=True)


def as_user(name, *command):
    said = ["runuser", "-u", name, "--", "sudo", "-n", *command]
    return subprocess.run(said, capture_output=True, check=False, text=True, cwd="/")


def test_the_sudoers_fragment_allows_the_listed_commands_and_no_others(user):
    checked = subprocess.run(
        ["visudo", "-cf", f"/etc/sudoers.d/{user}"], capture_output=True, check=False, text=True
    )
    assert checked.returncode == 0, checked.stderr
    assert as_user(user, "ls", "-R", "/proc/1/fd", "/proc/2/fd").stdout.startswith("/proc/1/fd:\n")
    if shutil.which("ss"):
        assert as_user(user, "ss", "-ltnp").returncode == 0
    refused = [
        *(("sh", "-c", ":"), ("id",), ("ls", "/root"), ("nginx", "-s", "stop"), ("nginx",)),
        *(("ls", "-R", "/root", "/proc/1/fd"), ("ls", "-R", "/proc/1/fd", "/root")),
        *(("ls", "-R", "/proc/1/fd/../../../root"), ("ss", "-ltnp", "-K"), ("ss", "-K")),
        ("conntrack", "-F"),
    ]
    for command in refused:
        assert as_user(user, *command).returncode != 0, command
    assert pwd.getpwnam(user).pw_uid != 0


def test_the_recorder_counts_others_open_files_through_the_fragment(user):
    wanted = plan([Part("api", "app", Place("h"))])
    asked = tuple(a for a in wanted.asked if a.fetch.file == "process_files.txt")
    counted = {}
    for sudo in (False, True):
        (loop,) = loops(Plan(asked), When.SAMPLED, sudo=sudo)
        said = subprocess.run(
            ["runuser", "-u", user, "--", "sh", "-c", loop.command()],
            input=loop.script(nonce="n"),
            capture_output=True,
            check=False,
            text=True,
            cwd="/",
        )
        counted[sudo] = re.findall(r"(?m)^\d+ \S+ fds=[1-9]\d* soft=\w+ hard=\w+$", said.stdout)
    assert len(counted[False]) < len(counted[True])


def test_the_page_on_privilege_shows_what_the_code_has():
    shown = blocks()
    for name, text in current().items():
        assert shown[name] == text
