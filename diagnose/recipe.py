"""A POSIX shell script that samples one host while the load runs: read-only, nothing installed."""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.errors import UsageError
from diagnose.model import ROLES

NGINX, DATABASE, APP = ("lb", "cdn"), ("db",), ("app",)


@dataclass(frozen=True, slots=True)
class Sampled:
    """One command of the loop; roles: empty for every host."""

    file: str
    command: str
    roles: tuple[str, ...] = ()


EACH_SECOND = (
    Sampled("stat.txt", "cat /proc/stat"),
    Sampled("meminfo.txt", "cat /proc/meminfo"),
    Sampled("diskstats.txt", "cat /proc/diskstats"),
    Sampled("pressure.txt", "grep . /proc/pressure/cpu /proc/pressure/io /proc/pressure/memory"),
    Sampled("link.txt", "ip -s -s link"),
    Sampled("softnet_stat.txt", "cat /proc/net/softnet_stat"),
    Sampled("qdisc.txt", "tc -s qdisc"),
    Sampled("netstat.txt", "cat /proc/net/snmp /proc/net/netstat"),
    Sampled("sockstat.txt", "cat /proc/net/sockstat"),
    Sampled("listen.txt", "ss -ltn"),
    Sampled("file_nr.txt", "cat /proc/sys/fs/file-nr"),
    Sampled(
        "conntrack.txt",
        "cd /proc/sys/net/netfilter && echo $(cat nf_conntrack_count nf_conntrack_max)",
    ),
    Sampled("cgroup_cpu.txt", "grep . /sys/fs/cgroup/*/cpu.stat", APP),
    Sampled("stub_status.txt", 'curl -s "$STATUS_URL"', NGINX),
    Sampled("db_status.txt", "mysql --batch -e 'SHOW GLOBAL STATUS'", DATABASE),
)
ONCE = (
    Sampled("hostname", "hostname"),
    Sampled("addresses.txt", "ip -s addr"),
    Sampled("sysctl.txt", "sysctl net.core.somaxconn net.ipv4.ip_local_port_range fs.file-max"),
    Sampled("nginx.conf", "nginx -T", NGINX),
    Sampled("variables.txt", "mysql --batch -e 'SHOW GLOBAL VARIABLES'", DATABASE),
)
AFTERWARDS = {
    "lb": "the access log (log_format with $msec, $request_time, $upstream_connect_time,\n"
    "#   $upstream_header_time, $upstream_response_time, $upstream_status) and the error log",
    "cdn": "the access log, with times, and the error log",
    "app": "the application's log, with a duration in each line (and db_ms, wait_ms)",
    "db": "the slow log (slow_query_log=1, long_query_time=0.1) and the error log; of PostgreSQL\n"
    "#   its log (log_min_duration_statement=100, log_lock_waits=on, log_checkpoints=on)",
    "load_generator": "the load tool's results and its own log",
}


def recipe(role: str) -> str:
    """The script for a host of that role ("" for one of which nothing is known).

    Raises:
        UsageError: there is no such role.
    """
    if role and role not in ROLES:
        raise UsageError(f"there is no role {role!r}", hint=f"use one of: {', '.join(ROLES)}")
    lines = [
        "#!/bin/sh",
        f"# diagnose recipe {role}".rstrip()
        + ": sample this host each second. Start it before the",
        "# load, stop it (Ctrl-C) after. It only reads; what a host does not have is skipped.",
        f"# Then put beside its files: {AFTERWARDS.get(role, 'the logs of what runs here')}.",
        'out=${1:-raw/$(hostname)}; mkdir -p "$out" || exit 1',
    ]
    if role in NGINX:
        lines.append("STATUS_URL=${STATUS_URL:-http://127.0.0.1/nginx_status}")
    lines += [
        "stamp() { date +%s.%N | sed 's/\\.[^0-9].*//; s/^/# /'; }",
        'sample() { f=$1; shift; { stamp; "$@"; } >> "$out/$f" 2>/dev/null; }',
        *(f'{one.command} > "$out/{one.file}" 2>/dev/null' for one in _for(role, ONCE)),
        "while :; do",
        *(f"  sample {one.file} {_quoted(one.command)}" for one in _for(role, EACH_SECOND)),
        "  sleep 1",
        "done",
    ]
    return "\n".join(lines)


def _for(role: str, commands: tuple[Sampled, ...]) -> list[Sampled]:
    return [one for one in commands if not one.roles or role in one.roles]


def _quoted(command: str) -> str:
    """A plain command as it is; one with quotes or expansions through a shell of its own."""
    if not any(c in command for c in "'\"*$"):
        return command
    return 'sh -c "' + command.replace('"', '\\"').replace("$(", "\\$(") + '"'
