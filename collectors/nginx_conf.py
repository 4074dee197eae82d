"""Configuration of nginx: nginx.conf, an included file, `nginx -T`, `nginx -V`.

Read are limits (worker_connections, rates, timeouts), log formats, upstreams and what is
listened on. Everything else is dropped unread: keys, passwords and headers never leave this
file. Included files are named in the notes, not followed; `nginx -T` holds them.
worker_connections is 512 where an events block does not set it, and counts connections to
upstreams too. A rate in r/m is given per second. Times are in seconds unless a unit (ms s m h d)
says otherwise.

Source: https://nginx.org/en/docs/ngx_core_module.html and https://nginx.org/en/docs/syntax.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.badlines import BadLines
from diagnose.fetches import Fetch, When
from diagnose.hostfilters import NGINX, filtered
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile, decode
from diagnose.readings import Fact, Limit, Reading

from ._nginx_settings import DEFAULT_WORKER_CONNECTIONS, found_in
from ._nginx_syntax import Tree, parse_tree

_MARKS = [
    re.compile(shape, re.MULTILINE)
    for shape in (
        r"^\s*(?:events|http|stream|server)\s*\{",
        r"^\s*upstream\s+[\w.-]+\s*\{",
        r"^\s*location\s+[^{\n]+\{",
        r"(?:^|[{;])\s*worker_(?:processes|connections|rlimit_nofile)\s+\w+\s*;",
        r"^\s*(?:proxy|fastcgi|uwsgi|grpc)_(?:pass|set_header|read_timeout)\s[^;\n]+;",
        r"^\s*log_format\s+\w+\s+(?:escape=\w+\s+)?['\"]?[^;]*\$",
        r"^\s*(?:listen|server_name|access_log|error_log|keepalive_timeout|sendfile)\s[^;{\n]*;",
        r"^\s*limit_(?:req|conn)_zone\s+\$\w+\s+zone=",
    )
]
_TOLD = re.compile(r"^(?:# configuration file /\S+:|nginx: the configuration file )", re.MULTILINE)
_BUILT = re.compile(r"^(?:nginx|Tengine) version: (\S+)", re.MULTILINE)
_AROUND = re.compile(  # what nginx says around a configuration, on standard error
    r"^(?:nginx: |(?:nginx|Tengine) version: |built (?:by|with) |TLS SNI |configure arguments:"
    r"|\d{4}/\d\d/\d\d [\d:]{8} \[).*",
    re.MULTILINE,
)


def recognizes(head: Head) -> float:
    """Words of nginx's own, as directives; or what nginx says around them."""
    if _TOLD.search(head.text) or _BUILT.search(head.text):
        return 0.97
    marks = sum(mark.search(head.text) is not None for mark in _MARKS)
    return min(0.96, 0.3 * marks) if marks >= 2 else 0.0


# `nginx -T` wants to read keys and to write logs, so that it is often root's; the files are not.
_FOLDERS = "/etc/nginx /usr/local/nginx/conf /usr/local/openresty/nginx/conf /usr/local/etc/nginx"
_COMMAND = f"""nginx -v 2>&1
{{ $AS_ROOT nginx -T || nginx -T; }} 2>/dev/null || for d in {_FOLDERS}; do
for f in "$d/nginx.conf" "$d"/conf.d/*.conf "$d"/sites-enabled/* "$d"/http.d/*.conf; do
[ -f "$f" ] && [ -r "$f" ] && {{ echo "# configuration file $f:"; cat "$f"; echo; }}
done; done | grep ."""


@collector(
    kind="nginx_conf",
    title="nginx configuration",
    recognizes=recognizes,
    role="lb",
    first=True,
    fetch=(
        Fetch(
            "nginx.conf",
            filtered(_COMMAND, NGINX),
            When.ONCE,
            ("lb", "cdn", "app", "cache", "other"),
            privileged=True,
            enable="let `nginx -T` be run as root: its configuration is not readable otherwise",
            where="command -v nginx",
            names_logs=True,
        ),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Limits and facts of every block; what is wrong in the syntax is bad."""
    text = decode(raw.whole()).replace("\r\n", "\n")
    tree = parse_tree(_AROUND.sub("", text))
    for line, sentence in tree.wrong:
        bad.note(line, sentence)
    limits: dict[tuple[str, str, float], Limit] = {}
    facts: dict[tuple[str, str, str], Fact] = {}
    named = {one.args[0] for one, _ in tree.walk() if one.name == "upstream" and one.args}
    for found in [*_built(text), *_settings(tree)]:
        if isinstance(found, Limit):  # once only: timeouts are repeated in many locations
            limits.setdefault((found.name, found.part, found.value), found)
        elif found.part or found.value.rpartition(":")[0] not in named:
            facts.setdefault((found.name, found.part, found.value), found)
    return Reading(
        limits=list(limits.values()),
        facts=list(facts.values()),
        notes=list(_notes(raw.path, tree, told=_TOLD.search(text) is not None)),
    )


def _settings(tree: Tree) -> Iterator[Limit | Fact]:
    for one, around in tree.walk():
        yield from found_in(one, around)


def _built(text: str) -> Iterator[Fact]:
    """The version that `nginx -V` tells."""
    for found in _BUILT.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Fact("nginx.version", found[1].removeprefix("nginx/"), line=line)


def _notes(path: str, tree: Tree, *, told: bool) -> Iterator[str]:
    for events in (one for one, _ in tree.walk() if one.name == "events"):
        if not any(events.find("worker_connections")):
            yield (
                f"{path}:{events.line}: worker_connections is not set; "
                f"nginx's default of {DEFAULT_WORKER_CONNECTIONS:g} is taken"
            )
    included = [one.args[0] for one, _ in tree.walk() if one.name == "include" and one.args]
    missing = sorted({name for name in included if not name.endswith(("mime.types", "_params"))})
    if missing and not told:
        yield f"{path}: includes {', '.join(missing)}, not read here; `nginx -T` prints all of it"
