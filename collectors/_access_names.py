"""What people call nginx's variables, in `key=value`, LTSV and JSON logs.

A name alone does not settle it: "ua" is the user agent to some and the upstream's address
to others, and "duration" may be in any unit. The values must look the part too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ._access_values import TIME_ISO, TIME_LOCAL

# our name -> what it is called, the surest first
_CALLED = {
    "msec": "msec time_msec",
    "time": "time_iso8601 time_local time timestamp ts datetime date at start_time",
    "request": "request req request_line r",
    "request_method": "request_method method verb http_method",
    "request_uri": "request_uri uri path url document_uri request_path",
    "status": "status code status_code http_status response_code response_status st sc",
    "bytes_sent": "bytes_sent",
    "body_bytes_sent": "body_bytes_sent bytes size body_bytes bytes_out sent length",
    "request_time": "request_time rt reqtime req_time requesttime request_duration "
    "time_taken duration elapsed latency total_time response_time",
    "request_time_ms": "request_time_ms rt_ms duration_ms latency_ms time_taken_ms elapsed_ms",
    "request_time_us": "request_time_us rt_us duration_us request_time_usec d",
    "upstream_response_time": "upstream_response_time urt upstream_time apptime ups_rt "
    "upstream_rt upstream_resp_time upstream_duration backend_time upstream_response response_time",
    "upstream_connect_time": "upstream_connect_time uct upstream_connect connect_time",
    "upstream_header_time": "upstream_header_time uht upstream_header header_time",
    "upstream_status": "upstream_status us ups_status upstream_code backend_status",
    "upstream_addr": "upstream_addr ua upstream ups upstream_address upstream_host "
    "upstream_server backend backend_addr addr",
    "connection_requests": "connection_requests creq cr conn_requests conn_reqs",
    "remote_addr": "remote_addr client_ip clientip remote_ip client client_addr remote "
    "remote_host ip host h addr",
}
_WHOLE = r"\d+"
_TIMED = r"(?:-|\d+\.\d+)(?:(?:, | : |,)(?:-|\d+\.\d+))*"
_ADDRESS = r"\[[0-9A-Fa-f:.]+\]:\d+|unix:\S+?|[\w.-]+:\d+"
IP = r"\d{1,3}(?:\.\d{1,3}){3}|(?=[^:]*:[^:]*:)[0-9A-Fa-f:.]+|unix:"
LOOKS = {
    "msec": r"\d{9,10}\.\d{1,3}",
    "time": rf"\[?(?:{TIME_LOCAL}|{TIME_ISO})\]?|\d{{9,10}}(?:\.\d+)?|\d{{13}}(?:\d{{3}}){{0,2}}",
    "request": r"[A-Z]{2,20} \S+.*",
    "request_method": r"[A-Z]{2,20}",
    "request_uri": r"/.*|https?://.*|\*",
    "status": r"[1-5]\d\d|000",
    "bytes_sent": _WHOLE,
    "body_bytes_sent": _WHOLE,
    "request_time": r"\d+\.\d+",
    "request_time_ms": r"\d+(?:\.\d+)?",
    "request_time_us": _WHOLE,
    "upstream_response_time": _TIMED,
    "upstream_connect_time": _TIMED,
    "upstream_header_time": _TIMED,
    "upstream_status": r"[1-5]\d\d(?:(?:, | : |,)(?:-|[1-5]\d\d))*",
    "upstream_addr": rf"(?:{_ADDRESS})(?:(?:, | : |,)(?:{_ADDRESS}))*",
    "connection_requests": _WHOLE,
    "remote_addr": IP,
}
_LOOKS = {name: re.compile(shape) for name, shape in LOOKS.items()}
_BY_KEY: dict[str, list[str]] = {}
for _name, _called in _CALLED.items():
    for _key in _called.split():
        _BY_KEY.setdefault(_key, []).append(_name)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def plain(key: str) -> str:
    """One spelling of a key.

    >>> plain("@timestamp"), plain("requestTime"), plain("Upstream-Addr")
    ('timestamp', 'request_time', 'upstream_addr')
    """
    return _CAMEL.sub("_", key.lstrip("@$")).lower().replace("-", "_").replace(".", "_")


def known(key: str) -> bool:
    """Whether anybody calls one of our variables so.

    >>> known("urt"), known("requestTime"), known("http")
    (True, True, False)
    """
    return plain(key) in _BY_KEY


def look_alike(name: str, values: Sequence[str]) -> bool:
    """Whether the values, those missing apart, are what the name promises."""
    given = [value for value in values if value not in ("", "-")]
    good = sum(_LOOKS[name].fullmatch(value) is not None for value in given)
    return good >= 0.5 * len(given)


def named(columns: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Which key holds which of our variables.

    >>> named({"ua": ["curl/8.1"], "urt": ["0.010, 0.2"], "time": ["2026-11-23T04:04:46Z"]})
    {'time': 'time', 'upstream_response_time': 'urt'}
    """
    keys = {plain(key): key for key in reversed(list(columns))}
    found: dict[str, str] = {}
    for name, called in _CALLED.items():
        for key in called.split():
            if key not in keys or keys[key] in found.values():
                continue
            if look_alike(name, columns[keys[key]]):
                found[name] = keys[key]
                break
    return found
