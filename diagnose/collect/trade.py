"""Names that tell nobody anything: words of the trade, and users that every system has."""

from __future__ import annotations

import functools
import re
from importlib.resources import files

# What a machine is for, which program it runs, and words that logs and their keys are made of.
TRADE = frozenset(
    re.findall(
        r"\S+",
        """
        localhost local localdomain host hosts server servers client clients backend backends
        frontend upstream upstreams default null none unknown true false any all http https tcp udp
        unix www web app apps api apis svc service lb lbs loadbalancer balancer proxy router gateway
        gw switch firewall fw cdn edge origin cache db database sql primary replica master slave
        node nodes worker workers gen generator load loadgen locust mon monitor test tests testing
        staging stage prod dev lab demo example top second first queue broker nginx openresty
        tengine apache httpd haproxy envoy caddy gunicorn uvicorn mysql mysqld mariadb mariadbd
        postgres postgresql pgsql redis memcached rabbitmq kafka docker podman kernel systemd
        cloudflare pool process thread request requests response status time total error errors
        user users name
        """,
    )
)
PLAIN_USERS = frozenset(
    re.findall(
        r"\S+",
        """
        root nobody daemon bin sys www-data nginx apache httpd mysql mariadb postgres redis system
        systemd admin id ids name count agent none null unknown anonymous localhost nice idle
        """,
    )
)
COLLECTORS = "diagnose.collectors"
_NUMBERED = re.compile(r"([a-z]+)[-_]?\d{0,3}(?:[-_]([a-z]+)[-_]?\d{0,3})?")


def tells_nobody(name: str) -> bool:
    """Whether a host's name is a word of the trade, with or without a number.

    >>> tells_nobody("lb1"), tells_nobody("web-prod-2"), tells_nobody("zeus"), tells_nobody("10")
    (True, True, False, True)
    """
    lone = name.lower().strip("-_.")
    if not re.search(r"[a-z]", lone):
        return True
    match = _NUMBERED.fullmatch(lone)
    return match is not None and all(w is None or w in TRADE for w in match.groups())


def is_read(name: str) -> bool:
    """Whether it is a word that some collector reads: it cannot be replaced everywhere.

    >>> is_read("vm"), is_read("Total"), is_read("zeus-17")
    (True, True, False)
    """
    return len(name) < 2 or name.lower() in _words()


@functools.cache
def _words() -> frozenset[str]:
    sources = (path for path in files(COLLECTORS).iterdir() if path.name.endswith(".py"))
    texts = (path.read_text("utf-8").lower() for path in sources)
    return frozenset(word for text in texts for word in re.findall(r"[a-z0-9]+", text))
