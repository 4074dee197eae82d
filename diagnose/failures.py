"""What a failed request is called: every load tool has its own words for the same few ends."""

from __future__ import annotations

import re

_STATUS = r"[1-5]\d\d"
# The first that fits wins: "504 Server Error: Gateway Timeout" is a status, not a time-out.
_KINDS = (
    (
        "status",
        rf"\b{_STATUS} (?:server|client) error|httperror|badstatuscode|bad status"
        rf"|\bcode['\"]?[=: ]+{_STATUS}\b|\bstatus\b\D{{0,16}}\b{_STATUS}\b"
        rf"|\bhttp[/ ][\d. ]*{_STATUS}\b",
    ),
    (
        "dns",
        r"name or service not known|nodename nor servname|name resolution|nameresolution"
        r"|gaierror|getaddrinfo|no such host|unknown ?host|could not resolve|no address associated",
    ),
    ("refused", r"refused|errno 111\b|wsaeconnrefused"),
    ("reset", r"reset by peer|connection ?reset|econnreset|errno 104\b|broken pipe|errno 32\b"),
    (
        "closed",
        r"connection ?closed|remote ?disconnected|closed connection|connection aborted"
        r"|incomplete ?read|chunkedencoding|unexpected eof|\beof\b|no ?httpresponse"
        r"|failed to respond|server disconnected|premature|socket closed|goaway",
    ),
    ("timeout", r"timed? ?-?out|timeout|errno 110\b|deadline exceeded|canceled while waiting"),
    ("status", r"\b[45]\d\d\b"),
)
_TESTS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS)
_NUMBERED_HOST = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|:\d{2,5}\b|port[=\s]+\d+")
_URL = re.compile(r"https?://[^\s'\"<>)]+|(?<=[\s'\"(])/[^\s'\"<>)]*")
_ID = re.compile(r"(?<=/)(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,})(?=[/?#,;:]|$)", re.I)
_QUERY = re.compile(r"([?&][\w.\[\]%-]+=)[^&#]*")
_LOGIN = re.compile(r"(?<=://)[^/@\s]+@")
_SECRET = re.compile(
    r"((?:password|passwd|pwd|secret|token|api[_-]?key|authorization|cookie)['\"]?\s*[=:]\s*)"
    r"(?:bearer\s+|basic\s+)?['\"]?[^\s'\",;&)]+",
    re.IGNORECASE,
)


def failure_kind(text: str) -> str:
    """One of status, timeout, refused, reset, closed, dns, other, told from an error's text.

    >>> failure_kind("HTTPError('504 Server Error: Gateway Timeout for url: /a')")
    'status'
    >>> failure_kind("RetriesExceeded('http://10.0.0.2/items/500', 0, original=timed out)")
    'timeout'
    >>> failure_kind("NewConnectionError('[Errno 111] Connection refused')"), failure_kind("odd")
    ('refused', 'other')
    """
    text = _NUMBERED_HOST.sub("", _URL.sub("", text))
    return next((kind for kind, test in _TESTS if test.search(text)), "other")


def without_values(text: str) -> str:
    """The same error with the values of one request taken out: ids, query values, secrets.

    >>> without_values("failed for http://me:pw@h/items/144680?token=abc&x=1")
    'failed for http://h/items/[id]?token=…&x=…'
    """
    text = _URL.sub(lambda url: _url_without_values(url[0]), text)
    return _SECRET.sub(r"\1…", re.sub(r"\b0x[0-9a-fA-F]{4,}", "0x…", text))


def _url_without_values(url: str) -> str:
    return _QUERY.sub(r"\1…", _ID.sub("[id]", _LOGIN.sub("", url)))
