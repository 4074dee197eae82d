"""Network gear: a command line on a screen.

FRRouting's vtysh behind a real sshd is one that runs here; the drawing of vendors' gear, which
cannot be had, is played by paramiko (tests/gear_server.py).
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
import time
from dataclasses import replace

import pytest
from gear_server import STYLES, Style, gear_server
from ssh_hosts import make_key, needs, ssh_hosts

from diagnose.hosts import console, gear
from diagnose.hosts.connect import connect
from diagnose.hosts.session import HostError, Target, output
from diagnose.hosts.vendors import VENDORS

ZEBRA = "/usr/lib/frr/zebra"
SHOWN = "".join(
    f"Ethernet{n} is up, line protocol is up\n     {n} packets input\n" for n in range(40)
)
ANSWERS = {"show interfaces": SHOWN, "show version": "EOS 4\n"}


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    needs("ssh-keygen")
    return make_key(tmp_path_factory.mktemp("gear") / "id")


@contextlib.contextmanager
def session_with(tmp_path, identity, style=STYLES["cisco_ios"], device="cisco_ios"):
    with gear_server(tmp_path, style, ANSWERS, identity) as (config, box):
        session = connect(Target("core1", device=device), config=config)
        try:
            yield session, box
        finally:
            session.close()


@pytest.mark.parametrize("name", STYLES)
def test_all_that_is_shown_comes_and_nothing_of_the_screen(tmp_path, identity, name, monkeypatch):
    monkeypatch.setattr(console, "UNECHOED_S", 0.3)
    device = name if name in VENDORS else "cisco_ios"
    with session_with(tmp_path, identity, STYLES[name], device) as (session, box):
        done, said = output(session, "show interfaces")
        assert said.decode().replace("\n{master:0}\n", "") == SHOWN
        assert done.ok
        assert [line for line in box.typed if not line.startswith("show")][1:] == [
            *VENDORS[device].unpaged
        ]


@pytest.mark.parametrize("name", [name for name in STYLES if name in VENDORS])
def test_pages_are_turned_where_paging_cannot_be_switched_off(tmp_path, identity, name):
    style = replace(STYLES[name], unpaged="")
    with session_with(tmp_path, identity, style) as (session, _):
        done, said = output(session, "show interfaces")
        assert said.decode().replace("\n{master:0}\n", "") == SHOWN
        assert done.ok


@pytest.mark.parametrize("name", ["cisco_ios", "juniper_junos", "hp_procurve"])
def test_a_command_that_is_refused_has_failed(tmp_path, identity, name):
    with session_with(tmp_path, identity, STYLES[name]) as (session, _):
        done, _ = output(session, "show nothing")
        assert done.status == 1
        assert done.stderr in STYLES[name].unknown
        assert output(session, "show version")[1].startswith(b"EOS 4\n")


@pytest.mark.parametrize(
    "command", ["reload", "show x; reload", "show x\nreload", "cat /proc/stat"]
)
def test_nothing_but_commands_that_show_is_ever_typed(tmp_path, identity, command):
    with session_with(tmp_path, identity) as (session, box):
        done, said = output(session, command)
        assert (done.status, said) == (None, b"")
        assert "nothing but commands that show" in done.stderr
        assert not any("reload" in line or "cat" in line for line in box.typed)


def test_a_command_that_never_ends_ends_in_its_time_and_the_next_one_works(tmp_path, identity):
    with session_with(tmp_path, identity) as (session, _):
        done, _ = output(session, "show hang", seconds=0.5)
        assert done.timed_out
        assert not done.lost
        assert output(session, "show version")[1] == b"EOS 4\n"


def test_endless_output_is_held_at_the_limit(tmp_path, identity):
    with session_with(tmp_path, identity) as (session, _):
        done, said = output(session, "show endless", limit=50_000)
        assert done.truncated
        assert 40_000 < done.bytes == len(said) <= 50_000


def test_one_that_dies_in_the_middle_is_lost(tmp_path, identity):
    with session_with(tmp_path, identity) as (session, _):
        done, _ = output(session, "show die")
        assert done.lost
        assert done.stderr == "the connection was lost"


def test_a_closed_session_is_not_opened_again(tmp_path, identity):
    with session_with(tmp_path, identity) as (session, _):
        session.close()
        session.close()
        assert output(session, "show version")[0].lost


def test_commands_of_several_threads_do_not_meet_on_the_screen(tmp_path, identity):
    with session_with(tmp_path, identity) as (session, _):
        said: list[bytes] = []
        ask = [
            threading.Thread(target=lambda: said.append(output(session, "show interfaces")[1]))
            for _ in range(4)
        ]
        for thread in ask:
            thread.start()
        for thread in ask:
            thread.join()
        assert said == [SHOWN.encode()] * 4


def test_gear_without_a_prompt_is_said_so(tmp_path, identity, monkeypatch):
    monkeypatch.setattr(gear, "FIRST_S", 0.5)
    style = Style(prompt="Maintenance until \x1b[31mnoon")
    with gear_server(tmp_path, style, {}, identity) as (config, _):
        with pytest.raises(HostError, match=r"shows no prompt .* it says 'Maintenance") as raised:
            connect(Target("core1", device="cisco_ios"), config=config)
        assert "\x1b" not in raised.value.what


def test_a_vendor_that_is_not_known_is_refused_before_anything_is_sent():
    with pytest.raises(HostError, match="'cisco_io' is no network gear") as raised:
        connect(Target("192.0.2.1", device="cisco_io"))
    assert "cisco_ios" in raised.value.hint


@pytest.fixture(scope="module")
def vtysh(tmp_path_factory):
    """The command that starts FRRouting's command line."""
    needs("vtysh", ZEBRA)
    folder = tmp_path_factory.mktemp("frr")
    for name in ("zebra.conf", "vtysh.conf"):
        (folder / name).touch()
    files = ("-f", folder / "zebra.conf", "-i", folder / "pid", "-z", folder / "api")
    rest = ("-u", "root", "-g", "frrvty", "-P", "0", "--vty_socket", folder)
    with (folder / "log").open("wb") as log:
        zebra = subprocess.Popen([ZEBRA, *files, *rest], stdout=log, stderr=log)
    try:
        for _ in range(200):
            if (folder / "zebra.vty").exists():
                break
            time.sleep(0.05)
        yield f"{shutil.which('vtysh')} --vty_socket {folder} --config_dir {folder}"
    finally:
        zebra.terminate()
        zebra.wait(10)


@pytest.mark.parametrize("pager", ["cat", "more -n 7", "less"])
def test_the_command_line_of_a_real_router_is_read(vtysh, tmp_path, pager):
    needs(pager.split()[0])
    by_itself = subprocess.check_output([*vtysh.split(), "-c", "show interface lo"])
    with ssh_hosts(tmp_path) as hosts:
        hosts.add("frr", options=(f'ForceCommand exec env VTYSH_PAGER="{pager}" {vtysh}',))
        session = connect(Target("frr", device="cisco_ios"), config=hosts.config)
        done, said = output(session, "show interface lo")
        assert done.ok
        assert said.split() == by_itself.split()
        assert said.startswith(b"Interface lo is up, line protocol is up\n")
        assert "% Unknown command" in output(session, "show nothing")[0].stderr
        session.close()
