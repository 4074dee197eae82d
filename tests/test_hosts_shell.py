"""A command comes through any login shell unharmed, and runs by the host's sh."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.hosts.shell import for_login_shell, for_sh

SHELLS = {
    "sh": ("sh",),
    "dash": ("dash",),
    "bash": ("bash",),
    "BusyBox ash": ("busybox", "ash"),
    "zsh": ("zsh",),
    "fish": ("fish",),
    "tcsh": ("tcsh",),
}
# No NUL, which no command line can hold; no surrogates, which UTF-8 cannot.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40)
DISPUTED = st.text(st.sampled_from("a '\"\\!$`\n%;#*~{}^"), max_size=20)


def through(shell: str, command: str) -> bytes:
    """What the command prints where that shell is handed it, as sshd does."""
    program = SHELLS[shell]
    if shutil.which(program[0]) is None:
        pytest.skip(f"{program[0]} is not installed")
    done = subprocess.run([*program, "-c", for_login_shell(command)], capture_output=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=25, deadline=None)
@given(word=TEXT | DISPUTED)
def test_any_word_comes_through_any_login_shell(shell, word):
    assert through(shell, for_sh("printf", "%s", word)) == word.encode()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("echo 'it'\\''s'", b"it's\n"),
        ("for i in 1 2; do echo $i; done | tr '\\n' ,", b"1,2,"),
        ("cat <<'X'\n$HOME \\\\ !x\nX\n", b"$HOME \\\\ !x\n"),
        ('echo "$LC_ALL"', b"C\n"),
        ("x=a; echo ${x:-b} $((1+1)) `echo c`", b"a 2 c\n"),
        ("sed -n 's/\\(a\\)b/\\1\\\\/p' <<E\nab\nE", b"a\\\n"),
    ],
)
def test_a_posix_script_runs_whatever_the_login_shell(shell, command, printed):
    assert through(shell, command) == printed


def test_a_plain_command_stays_readable_in_the_hosts_process_list():
    line = for_login_shell("grep -c '^cpu[0-9]' /proc/stat")
    assert "grep -c '\\''^cpu[0-9]'\\'' /proc/stat" in line
    assert "printf" not in line


def test_commands_of_the_administrator_are_on_the_path():
    assert b"/usr/sbin" in through("sh", 'echo "$PATH"')
