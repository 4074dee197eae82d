"""What in a line is a secret, or a value that somebody entered: tokens, cookies, query strings."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from diagnose.collect.anycase import AnyCase, Match
from diagnose.collect.identifying import raw_of, told
from diagnose.collect.standins import StandIns, is_own

_URL = re.compile(
    rb"(?<![A-Za-z0-9])([A-Za-z][A-Za-z0-9+-]{1,15}:(?:\\?/){2})([^\s/@\"'<>\\|?,]*@)?"
    rb"((?:\[[0-9A-Fa-f:.]+\])|[\w.-]*)"
)
# In quotes a query goes on to the blank or the quote; elsewhere a comma ends it as well (CSV).
_QUOTED_QUERY = re.compile(
    rb"(\"(?:[A-Z]{3,8} )?[^\s\"?]{0,1024}[/\w\]]\?)([^\s\"\\]+)(?=\"| HTTP/)"
)
_QUERY = re.compile(rb"(/[^\s\"'?,;<>|]{0,1024}\?)([^\s\"',;<>|\\]+)")
_PAIR = re.compile(rb"([^&=;]*)(=?)([^&;]*)")
_HEADER = AnyCase(
    rb"(?<![\w$])((?:(?:proxy-|http_)?authorization|(?:set-|http_|sent_http_set_)?cookie|x-api-key"
    rb"|x-auth-[\w-]{1,64})[\"']?)(\s?[:=]\s?)(?:([\"'])([^\"'\n]*)|([^\"'\s][^\"'\n]*))",
    (b"authorization", b"cookie", b"x-api-key", b"x-auth-"),
)
_BEARER = AnyCase(
    rb"((?:bearer|basic|digest|negotiate) +)([\w.~+/=-]{6,})",
    (b"bearer ", b"basic ", b"digest ", b"negotiate "),
)
_SECRET = AnyCase(
    rb"(?<![\w$])((?:\w{1,64}[_-])?(?:\w{0,64}passw(?:or)?d|passphrase|pwd|secret|token|jwt|api[-_]?key"
    rb"|access[-_]?key|private[-_]?key|credentials?|session(?:[-_]?id)?|sess|sid|[jc]?sessionid"
    rb"|phpsessid|csrf|xsrf|signature)(?:[_-](?:key|hash|value))?[\"']?(?:\s?[:=]\s?|%3d)[\"']?)"
    rb"([^\s&;,\"'<>|{}()\[\]$\\]+)",
    b"passw passphrase pwd secret token jwt key credential sess sid csrf xsrf signature".split(),
    b":=%",
)
_OPTION = AnyCase(  # of a command line
    rb"((?:mysql|mariadb)[\w-]{0,32}(?:\s[^\n]{0,200}?)?\s-p|curl(?:\s[^\n]{0,200}?)?\s-u\s{1,3})(\S{3,})",
    (b" -p", b" -u "),
)
_LONG = re.compile(rb"[\w+-]{16,512}(?:\.[\w-]{1,512}(?:\.[\w-]{1,512})?)?={0,2}")
_JSON_WEB_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{16,}(?![0-9A-Za-z])")
_BASE64 = re.compile(r"[\w+-]{24,}={0,2}")
RUN = 16  # letters and digits at a stretch; versions and file names have marks between
DIGITS = 4  # among small and capital letters, that no name has (a choice)
_NOTHING = ("null", "none", "true", "false", "yes", "no", "-", "...")


class Secrets:
    """The passes over a block of whole lines."""

    def __init__(self, stand_ins: StandIns, host: Callable[[bytes], bytes]) -> None:
        """host: the stand-in for a host's name."""
        self._made, self._host = stand_ins, host
        self._long = lru_cache(1 << 15)(self._token)

    def named(self, block: bytes) -> bytes:
        """Headers, cookies, passwords and tokens that are called so."""
        block = _HEADER.sub(self._header, block)
        block = _BEARER.sub(lambda m: m[1] + self._secret(m[2]), block)
        block = _OPTION.sub(lambda m: m[1] + self._secret(m[2]), block)
        return _SECRET.sub(lambda m: m[1] + self._secret(m[2]), block)

    def urls(self, block: bytes) -> bytes:
        """Who an URL asks, as whom, and with which values."""
        if b"://" in block or b":\\/\\/" in block:
            block = _URL.sub(self._url, block)
        if b"?" in block:
            block = _QUERY.sub(self._query, _QUOTED_QUERY.sub(self._query, block))
        return block

    def tokens(self, block: bytes) -> bytes:
        """What looks like a token: long, and without sense."""
        return _LONG.sub(lambda m: self._long(m[0]), block)

    def _token(self, raw: bytes) -> bytes:
        word = told(raw)
        if _JSON_WEB_TOKEN.fullmatch(word) or _UUID.fullmatch(word) or _is_base64(word):
            return raw_of(self._made.shaped(word))
        return raw_of(_HEX.sub(self._hexadecimal, word))

    def _hexadecimal(self, match: re.Match[str]) -> str:
        """All digits are a number, and all letters a word."""
        word = match[0]
        return word if word.isdigit() or word.isalpha() else self._made.shaped(word)

    def _secret(self, raw: bytes) -> bytes:
        value = told(raw)
        if is_own(value) or value.lower() in _NOTHING:
            return raw
        return raw_of(self._made.shaped(value) if value.isdigit() else self._made.label("x", value))

    def _header(self, match: Match) -> bytes:
        quote, value = match[3] or b"", match[4] if match[3] else match[5]
        rest = b""
        if not quote and b"=" in match[2]:  # a field among others
            value, blank, rest = value.partition(b" ")
            rest = blank + rest
        if not value or value.startswith((b"$", b"-")):
            return match[0]
        return match[1] + match[2] + quote + self._secret(value) + rest

    def _url(self, match: Match) -> bytes:
        whom = self._secret(match[2][:-1]) + b"@" if match[2] else b""
        return match[1] + whom + (self._host(match[3]) if match[3] else b"")

    def _query(self, match: Match) -> bytes:
        return match[1] + _PAIR.sub(self._pair, match[2])

    def _pair(self, match: Match) -> bytes:
        if not match[2]:
            return match[1] and self._value(match[1])
        return match[1] + match[2] + (match[3] and self._value(match[3]))

    def _value(self, raw: bytes) -> bytes:
        """A value of a query; "[id]" is a load tool's own word for any."""
        value = told(raw)
        if is_own(value) or raw.startswith((b"[", b"{", b"<", b"$", b"...")):
            return raw
        return raw_of(self._made.label("x", value))


def _is_base64(word: str) -> bool:
    return (
        _BASE64.fullmatch(word) is not None
        and max(map(len, re.split(r"[-+_]", word))) >= RUN
        and sum(map(str.isdigit, word)) >= DIGITS
        and word.lower() != word != word.upper()
    )
