"""What role a name tells of: a host's, a group's of an inventory, an upstream's. Always a guess."""

from __future__ import annotations

import re

# Words of names, without numbers and plurals; the first row that knows one of them counts.
_WORDS = (
    ("load_generator", "locust jmeter k6 gatling wrk client loadgen generator loadtest tester"),
    ("db", "db database mysql mariadb postgres postgresql pg pgsql sql percona galera"),
    ("cache", "cache redis memcache memcached varnish valkey"),
    ("queue", "queue mq kafka rabbit rabbitmq nats activemq broker"),
    ("cdn", "cdn edge cloudflare fastly"),
    ("switch", "switch"),
    ("router", "router gateway gw firewall fw nat openwrt"),
    ("lb", "lb slb balancer loadbalancer haproxy proxy nginx ingress frontend front traefik"),
    ("app", "app api application backend back web www service worker node go java php rails"),
)
_ROLES = {word: (rank, role) for rank, (role, words) in enumerate(_WORDS) for word in words.split()}
_ENDINGS = re.compile(r"(?<=..)(?:[-_]?(?:servers?|hosts?|nodes?|tier|vms?)|s)$")


def role_by_name(name: str) -> str:
    """One of ROLES, or "" where the name tells of none.

    >>> role_by_name("webservers"), role_by_name("db-01.example.com"), role_by_name("lbs")
    ('app', 'db', 'lb')
    >>> role_by_name("load-balancers"), role_by_name("thing7"), role_by_name("postgres_nodes")
    ('lb', '', 'db')
    """
    host = name.lower().partition(".")[0]
    words = [word for word in re.split(r"[^a-z0-9]+", host) if word]
    found = [_ROLES[form] for word in words for form in _forms(word) if form in _ROLES]
    return min(found, default=(0, ""))[1]


def _forms(word: str) -> set[str]:
    """The word, and the same without its number and its ending."""
    bare = word.strip("0123456789")
    return {word, bare, _ENDINGS.sub("", bare), bare.removesuffix("s")}
