"""What is missing on a host, judged by what was read there, and the line that would enable it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from diagnose.collect.check_probes import File, Probed
from diagnose.collect.checked import Item, State
from diagnose.collect.plan import Asked
from diagnose.manifest import Entry
from diagnose.readings import Fact, Limit

TIMINGS = ("request_time", "upstream_response_time")  # without which no time is a tier's own
FURTHER = ("msec", "upstream_connect_time", "upstream_header_time", "upstream_status")
FORMAT = (
    """log_format timed '$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent '""",
    """                 '$msec rt=$request_time uct=$upstream_connect_time '""",
    """                 'uht=$upstream_header_time urt=$upstream_response_time '""",
    """                 'us=$upstream_status ua=$upstream_addr';""",
)
COMBINED = "combined"  # nginx's own format, without a time
STUB_STATUS = (
    "location = /nginx_status { stub_status; access_log off; allow 127.0.0.1; deny all; }",
    "# in a server { } that listens on plain HTTP, then reload nginx; where that is not found by",
    '# itself: status_url = "http://127.0.0.1/nginx_status" in diagnose.toml',
)
NO_URL = "curl: (3)", "wget: missing URL", "bad address"  # no address was found to ask
SLOW_S = 1.0  # statements that are faster should be logged as well (a choice)
SLOW_LOG = (
    "SET GLOBAL slow_query_log = ON; SET GLOBAL long_query_time = 0.1;",
    "# to stay, in my.cnf: [mysqld] slow_query_log = 1, long_query_time = 0.1",
)
SLOW_PG = (
    "ALTER SYSTEM SET log_min_duration_statement = '100ms';",
    "SELECT pg_reload_conf();",
)
# Of these the diagnosis has other ways to know (a choice).
SPARE = ("pressure", "nic_speed")
_ACCESS = re.compile(r"^\s*access_log\s+([^\s;]+)(?:\s+([^\s;=]+)(?=[\s;]))?[^;\n]*;", re.MULTILINE)
_VARIABLE = re.compile(r"\$\{?(\w+)")
_INSTALL = (
    (("debian", "ubuntu"), "sudo apt-get install sysstat"),
    (("fedora", "rhel", "centos", "amzn"), "sudo dnf install sysstat"),
    (("alpine",), "sudo apk add sysstat"),
    (("suse", "opensuse"), "sudo zypper install sysstat"),
    (("arch",), "sudo pacman -S sysstat"),
)


def nginx_logs(text: str) -> list[tuple[str, str]]:
    """(path, name of its format) of each access log that a configuration names.

    >>> nginx_logs("access_log /a.log timed buffer=1m;\\n  access_log off;\\naccess_log /b gzip;")
    [('/a.log', 'timed'), ('/b', 'gzip')]
    >>> nginx_logs("access_log /c.log;")
    [('/c.log', 'combined')]
    """
    found = ((match[1], match[2] or COMBINED) for match in _ACCESS.finditer(text))
    return list(dict.fromkeys((path, name) for path, name in found if path != "off"))


def timings(logs: Sequence[tuple[str, str]], facts: Sequence[Fact]) -> Iterator[Item]:
    """Whether lines of the access logs tell how long a request took, and where."""
    formats = {fact.part: fact.value for fact in facts if fact.name == "nginx.log_format"}
    proxies = any(fact.name == "nginx.upstream" for fact in facts)
    for path, name in logs:
        has = set(_VARIABLE.findall(formats.get(name, "")))
        wanted = TIMINGS if proxies else TIMINGS[:1]
        lacks = [f"${one}" for one in wanted if one not in has]
        further = [f"${one}" for one in FURTHER if one not in has] if proxies else []
        what = f"timings in {path}"
        mend = (*FORMAT, f"access_log {path} timed;", "# in http { } of nginx.conf, then reload it")
        if lacks:
            why = f"its log_format {name} lacks {', '.join(lacks)}"
            yield Item(what, State.MISSING, why, mend)
        elif further:
            why = f"its log_format {name} lacks {', '.join(further)}"
            yield Item(what, State.MINOR, why, mend)
        else:
            yield Item(what)


def slow_log(facts: Sequence[Fact], limits: Sequence[Limit]) -> Iterator[Item]:
    """Whether a database logs the statements that take long."""
    told = {fact.name: fact.value for fact in facts}
    product = told.get("db.product", "the database")
    postgres = product == "PostgreSQL"
    mend = SLOW_PG if postgres else SLOW_LOG
    what = "statements that take long" if postgres else "slow log"
    switch = told.get("db.log_min_duration_ms" if postgres else "db.slow_query_log")
    if switch is None:
        return
    least_s = next((x.value for x in limits if x.name == "db.long_query_time_s"), 0.0)
    if switch in ("OFF", "-1"):
        yield Item(what, State.MISSING, f"{product} does not log them", mend)
    elif least_s > SLOW_S:
        why = f"only statements of {least_s:g} s and more are logged"
        yield Item(what, State.MINOR, why, mend)
    else:
        yield Item(what)


def idle(asked: Sequence[Asked], probed: Probed) -> dict[str, str]:
    """Kinds of collectors whose server is installed on a host and does not run; its name."""
    found = {}
    for one in asked:
        program = one.collector.partition("_")[0]
        wanted = re.search(rf"command -v {re.escape(program)}\b", one.fetch.where)
        if wanted and probed.runs and program not in probed.runs:
            found[one.collector] = program
    return found


def failures(
    entries: Sequence[Entry],
    answered: Sequence[Entry],
    titles: Mapping[str, str],
    idle: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Item]:
    """What could not be read; files of one reason together. titles: by kind of collector."""
    asked = clients(answered)
    grouped: dict[tuple[str, str, State], list[str]] = {}
    for entry in entries:
        if asked and clients([entry]) and not clients([entry]) & asked:
            continue  # the host has a client of another database, and none to ask with it
        title = titles.get(entry.collector, entry.file)
        if program := idle.get(entry.collector):
            grouped.setdefault((f"{program} does not run there", "", State.MINOR), []).append(title)
            continue
        spare = not entry.how or entry.collector in SPARE
        state = State.MINOR if spare else State.MISSING
        grouped.setdefault((entry.why, entry.how, state), []).append(title)
    for (why, how, state), names in grouped.items():
        what = ", ".join(dict.fromkeys(names))
        if how and titles.get("nginx_stub_status") in names:
            why = "no address was found to ask" if any(one in why for one in NO_URL) else why
            yield Item(what, state, why, STUB_STATUS)
        else:
            yield Item(what, state, why, (f"# {how}",) if how else ())


def clients(entries: Sequence[Entry]) -> set[str]:
    """Clients of databases that commands call."""
    words = {name: re.compile(rf"\b{name} ") for name in ("mysql", "psql")}
    return {name for name, word in words.items() if any(word.search(e.command) for e in entries)}


def readable(probed: Probed) -> Iterator[Item]:
    """Whether its logs may be read."""
    there = [file.path for file in probed.files if file.state == "r" or probed.root]
    if there:
        yield Item(f"logs: {', '.join(there)}")
    for file in probed.files:
        if file.path in there:
            continue
        if file.state == "n":
            why = "it is not there, or not shown to us"
            yield Item(file.path, State.MISSING, why, ("sudo ls -l " + file.path,))
        else:
            why = f"{probed.user} may not read it ({file.mode} {file.owner} {file.group})"
            yield Item(file.path, State.MISSING, why, _let_read(file, probed.user))


def _let_read(file: File, user: str) -> tuple[str, ...]:
    by_group = file.mode[4:5] == "r" and file.group not in ("root", "-", "")
    command = (
        f"sudo usermod -aG {file.group} {user}"
        if by_group
        else f"sudo setfacl -m u:{user}:r {file.path}"
    )
    return (command, "# or sudo = true in diagnose.toml, for `sudo -n`")


def sudo(asked: bool, probed: Probed) -> Iterator[Item]:
    """Whether `sudo -n` works where diagnose.toml asks for it."""
    if asked and probed.user and not probed.root:
        line = f"{probed.user} ALL=(root) NOPASSWD: /bin/sh"
        mend = (
            f"echo '{line}' | sudo tee /etc/sudoers.d/diagnose && "
            "sudo chmod 440 /etc/sudoers.d/diagnose",
            "# that makes the user root; without it take sudo = true out of diagnose.toml",
        )
        yield Item("sudo", State.MISSING, f"{probed.user} may not use `sudo -n`", mend)


def sysstat(probed: Probed) -> Iterator[Item]:
    """Whether the host keeps a history of itself, for runs that nobody recorded."""
    if probed.sadf and probed.history:
        yield Item("sysstat's history")
        return
    why = "nothing was written within a day" if probed.sadf else "it is not installed"
    known = (command for names, command in _INSTALL if set(names) & set(probed.os))
    install = next(known, "# install the package sysstat")
    start = "sudo systemctl enable --now sysstat"
    mend = (start,) if probed.sadf else (install, start)
    note = "needed only for a load that was not recorded by `diagnose collect`"
    yield Item("sysstat's history", State.MINOR, f"{why}; {note}", mend)
