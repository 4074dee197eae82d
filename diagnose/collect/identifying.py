r"""What in a line may identify a host or a person: where it stands, and the stand-in for it.

Told by context alone (an URL, a key in front, the shape of an address), for what is read here
may be any log of any program. Words of the trade (nginx, upstream, db1) name nobody and
stay; so do addresses that mean no host (127.0.0.1, 0.0.0.0, masks).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from diagnose.collect.anycase import AnyCase, Match
from diagnose.collect.standins import REMEMBERED, StandIns, is_own
from diagnose.collect.trade import PLAIN_USERS, tells_nobody

LONGEST = 255  # characters of a name; quantifiers are bounded, for a host may send anything
# Last labels that nothing but a domain ends with, and those that are words or files' endings.
_SURE = (
    rb"com|net|org|edu|gov|mil|biz|internal|intranet|local|lan|corp|localdomain|arpa"
    rb"|de|ch|uk|fr|nl|pt|cz|dk|se|fi|eu|ca|au|nz|jp|cn|br|mx|ru|ua|kr|za"
)
_WORDS = (
    rb"io|dev|cloud|tech|online|site|shop|xyz|info|int|home|private|example|test|invalid"
    rb"|at|be|it|es|pl|no|us|in"
)
_END = rb"(?![\w-])(?!\.[\w-])"
_HAS_DOMAIN = re.compile(rb"\.(?:" + _SURE + rb"|" + _WORDS + rb")" + _END)
_LABELS = rb"(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)"
_DOMAIN = re.compile(
    rb"(?<![\w.@-])(?!components\.)"
    rb"(?:"
    + _LABELS
    + rb"{1,8}(?:"
    + _SURE
    + rb")|"
    + _LABELS
    + rb"{2,8}(?:"
    + _WORDS
    + rb"))"
    + _END
)
_MAIL = re.compile(rb"(?<![\w.+-])([\w.+%-]{1,64})(@|%40)([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
# Whether there may be any: told much faster than where they are.
_MAY_BE_4 = re.compile(rb"\.\d{1,3}\.\d{1,3}\.\d")
_MAY_BE_6 = re.compile(rb"::|:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:")
_MAY_BE_DASHED = re.compile(rb"-[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-")
_ADDRESS4 = re.compile(rb"(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\w|\.\d)")
_ADDRESS6 = re.compile(rb"(?<![\w.:])[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{1,37}(?![\w:]|\.\d)")
_MAC = re.compile(rb"(?<![\w:])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:])")
_KEY = rb"[\"']?\s{0,3}[:=]\s{0,3}[\"']?"
_HOST = AnyCase(
    rb"(?<![\w$-])((?:(?:http_|x[-_]forwarded[-_]|remote_|server_)?host|host_?name|fqdn|sni|server"
    rb"|server_?name|node_?name|domain|instance)"
    + _KEY
    + rb")([a-z0-9][\w.-]{0,254})(?![\w.-]{0,254}:(?:\\?/){2})",
    (b"host", b"server", b"fqdn", b"sni", b"nodename", b"node_name", b"domain", b"instance"),
    b":=",
)
# Each with a word that must stand in a block for the pattern to be tried.
_HOSTS = (
    (  # of nginx.conf
        b";",
        rb"((?:^|[;{}])[ \t]{0,64}(?:upstream|server)[ \t]{1,16})([A-Za-z][\w.-]*)"
        rb"(?=[^\n;{}]{0,200}[;{])",
    ),
    (  # of syslog
        b": ",
        rb"^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |\d{4}-\d\d-\d\dT\S+ )([A-Za-z][\w.-]*)"
        rb"(?= [\w./-]+(?:\[\d+\])?: )",
    ),
    (b"Linux ", rb"(\bLinux )([\w.-]+)(?= \d+\.\d)"),  # of uname
    (b"Linux ", rb"(\bLinux \d\S* \()([\w.-]+)(?=\))"),  # of sysstat
)
_SERVER_NAME = re.compile(rb"(\bserver_name\s+)([^;\n]+)(?=;)")
_USER = AnyCase(
    rb"(?<![\w$%-])((?:(?:(?:remote_|db_|auth_)?user(?:_?name|_?id)?|login|uid|account(?:_?id)?"
    rb"|customer(?:_?id)?)"
    + _KEY
    + rb"|(?:user|role) [\"']))([a-z0-9_][\w.-]{0,127})(?![\w.]{0,127}[(\[@])",
    (b"user", b"login", b"account", b"customer", b"role", b"uid"),
    b":='\"",
)
_USERS = (
    (b" - ", rb"( - )([A-Za-z0-9_][^\s\[\]]*)(?= \[\d\d/[A-Z][a-z]{2}/\d{4}:)"),
    (b" for ", rb"( for (?:invalid user |user )?)([a-z_][\w.-]*)(?= from |\(uid=| by )"),
    (  # of SHOW PROCESSLIST
        b"\t",
        rb"^(\d+\t)([\w.-]+)(?=\t[^\t\n]*\t[^\t\n]*\t(?:Query|Sleep|Execute|Prepare|Connect|Daemon)\t)",
    ),
    (b"/home/", rb"(/home/)([\w.-]+)"),
    (b"/Users/", rb"(/Users/)([\w.-]+)"),
)
_COMPILED = {pattern: re.compile(pattern, re.MULTILINE) for _, pattern in (*_HOSTS, *_USERS)}
_SLOW_LOG = re.compile(rb"(# User@Host: )([\w.-]+)\[([\w.-]*)\]( @ +)([\w.-]*)")
_QUOTED_AT = re.compile(rb"(['`\"])([\w.-]+)(['`\"]@['`\"])([\w.%-]*)(?=['`\"])")
_POSTGRES_AT = re.compile(rb"(?<= )([A-Za-z_]\w*)@(?=\w+ [A-Z]{3,9}:)")


def told(raw: bytes) -> str:
    """Bytes as text, whatever they are; `raw_of` gives them back."""
    return raw.decode("utf-8", "surrogateescape")


def raw_of(text: str) -> bytes:
    """The bytes that a text stands for."""
    return text.encode("utf-8", "surrogateescape")


class Identifying:
    """The passes over a block of whole lines."""

    def __init__(self, stand_ins: StandIns, note: Callable[[str, str, str], str]) -> None:
        """note: is told (kind, original, stand-in) of each, and gives the stand-in back."""
        self._made, self._note = stand_ins, note
        self._mapped4 = lru_cache(REMEMBERED)(self._address4)

    def addresses(self, block: bytes) -> bytes:
        """IPv4, IPv6, network cards'."""
        if _MAY_BE_4.search(block):
            block = _ADDRESS4.sub(lambda m: self._mapped4(m[0]), block)
        if _MAY_BE_6.search(block):
            block = _MAC.sub(self._mac, _ADDRESS6.sub(self._address6, block))
        elif _MAY_BE_DASHED.search(block):
            block = _MAC.sub(self._mac, block)
        return block

    def hosts(self, block: bytes) -> bytes:
        """Names of hosts that stand where names of hosts stand, and names with a domain."""
        block = _HOST.sub(lambda m: m[1] + self.host(m[2]), block)
        for word, pattern in _HOSTS:
            if word in block:
                block = _COMPILED[pattern].sub(lambda m: m[1] + self.host(m[2]), block)
        if b"server_name" in block:
            block = _SERVER_NAME.sub(self._server_names, block)
        if _HAS_DOMAIN.search(block):
            block = _DOMAIN.sub(lambda m: self.host(m[0]), block)
        return block

    def users(self, block: bytes) -> bytes:
        """Names of users and of their mailboxes."""
        if b"@" in block or b"%40" in block:
            block = _MAIL.sub(lambda m: self.user(m[1]) + m[2] + self.host(m[3]), block)
            block = _SLOW_LOG.sub(self._slow_log, block)
            block = _QUOTED_AT.sub(lambda m: m[1] + self.user(m[2]) + m[3] + self.host(m[4]), block)
            block = _POSTGRES_AT.sub(lambda m: self.user(m[1]) + b"@", block)
        block = _USER.sub(lambda m: m[1] + self.user(m[2]), block)
        for word, pattern in _USERS:
            if word in block:
                block = _COMPILED[pattern].sub(lambda m: m[1] + self.user(m[2]), block)
        return block

    def host(self, raw: bytes) -> bytes:
        """A host's name; an address is left to `addresses`."""
        name = told(raw)
        if tells_nobody(name) or is_own(name) or not name.isascii() or len(name) > LONGEST:
            return raw
        return raw_of(self._note("host", name, self._made.name(name)))

    def user(self, raw: bytes) -> bytes:
        """A user's name or number."""
        name = told(raw)
        if name.lower() in PLAIN_USERS or is_own(name):
            return raw
        if re.fullmatch(r"[\d.]+", name):  # in JSON it must stay a number
            return raw_of(self._made.shaped(name)) if len(name) > 2 and name.isdigit() else raw
        made = self._made.label("u", name)
        return raw_of(made if len(name) > LONGEST else self._note("user", name, made))

    def _server_names(self, match: Match) -> bytes:
        return match[1] + b" ".join(self.host(name) for name in match[2].split())

    def _address4(self, raw: bytes) -> bytes:
        address = raw.decode()
        if any(int(part) > 255 for part in address.split(".")):
            return raw
        return self._note("address", address, self._made.address4(address)).encode()

    def _address6(self, match: Match) -> bytes:
        address = match[0].decode()
        if "::" not in address and address.count(":") != 7:  # a time
            return match[0]
        try:
            return self._note("address", address, self._made.address6(address)).encode()
        except ValueError:
            return match[0]

    def _mac(self, match: Match) -> bytes:
        address = match[0].decode().lower()
        if len(set(address)) <= 2:  # all zeros, all ones
            return match[0]
        parts = self._made.digest("m", address, 5).hex(" ").split()
        return match[1].decode().join(["02", *parts]).encode()

    def _slow_log(self, match: Match) -> bytes:
        inner = self.user(match[3]) if match[3] else b""
        host = self.host(match[5]) if match[5] else b""
        return match[1] + self.user(match[2]) + b"[" + inner + b"]" + match[4] + host
