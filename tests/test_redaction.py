"""What identifies somebody does not come through `--redact`, and what is read does."""

from __future__ import annotations

import ipaddress
import json
import stat
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.collect.redaction import BadMap, Redactor, is_binary, know, map_path
from diagnose.collect.standins import StandIns
from diagnose.places import Place

KEY = bytes(range(32))
OCTET = st.integers(0, 255)


@pytest.fixture
def redactor(tmp_path: Path) -> Redactor:
    made = Redactor(tmp_path / "map.json", KEY, {})
    known = (
        Place("zeus-17.corp.acme.com", user="deploy"),
        Place("atlas"),
        Place("lb1"),
        Place("vm"),
    )
    know(made, {place.host: place for place in known})
    return made


SECRETS = (
    *("alice", "acme", "zeus", "atlas", "deploy", "hunter2", "eve@", "geheim", "4711", "8731"),
    *("203.0.113.9", "10.77.2.2", "2a01:4f8", "3e:8a:11", "s3ss10n", "needle", "hera7"),
    *("eyJhbGciOi", "4f2a9c11d0e84f2a", "123e4567-e89b", "webuser", "appuser"),
)
# Each with what must be left of it for its collector to read it.
LINES = (
    (
        '203.0.113.9 - alice [23/Nov/2026:04:04:46 +0000] "GET /search?q=needle&page=2 HTTP/1.1" '
        '200 1943 "https://shop.acme.com/cart?sid=s3ss10n" "curl/7.88" rt=0.225 ua="10.77.2.2:80"',
        ('[23/Nov/2026:04:04:46 +0000] "GET /search?q=', 'HTTP/1.1" 200 1943', "rt=0.225", ':80"'),
    ),
    (
        '{"msec":"1795406686.428","remote_addr":"2a01:4f8:c0c:1::7","host":"shop.acme.com",'
        '"uri":"/a?x=needle,2","status":200,"http_cookie":"sid=s3ss10n; theme=dark",'
        '"authorization":"Bearer s3ss10n.x.y","request_time":0.224,"user_id":8731}',
        ('{"msec":"1795406686.428",', '"uri":"/a?x=', '"status":200,', '"request_time":0.224,'),
    ),
    (
        "2026/11/23 04:28:34 [error] 4865#4865: *52 connect() failed (111: Connection refused) "
        "while connecting to upstream, client: 203.0.113.9, server: shop.acme.com, request: "
        '"POST /login?next=needle HTTP/1.1", upstream: "http://10.77.2.2:80/login?next=needle", '
        'host: "shop.acme.com"',
        ("connect() failed (111: Connection refused) while connecting to upstream, client: ",),
    ),
    (
        "# User@Host: webuser[webuser] @ zeus-17 [10.77.2.2]\nSET timestamp=1795406727;\n"
        "SELECT name FROM items WHERE email='eve@acme.com'\n  AND pin=4711 AND x IN ('geheim');",
        ("# User@Host: ", "\nSET timestamp=1795406727;\nSELECT name FROM items WHERE email='"),
    ),
    (
        "2026-11-23 04:00:01.123 UTC [123] appuser@shopdb LOG:  duration: 223.9 ms  statement: "
        "SELECT * FROM u WHERE mail = 'eve@acme.com' AND id = 4711\n"
        "2026-11-23 04:00:01.123 UTC [123] appuser@shopdb DETAIL:  parameters: $1 = 'geheim'\n"
        "2026-11-23 04:00:01.124 UTC [9] appuser@shopdb ERROR:  Key (mail)=(eve@acme.com) exists",
        ("LOG:  duration: 223.9 ms  statement: SELECT * FROM u WHERE mail = '", "[123] "),
    ),
    (
        "2026-11-23T04:04:46.204Z INFO GET /items/5 200 dur_ms=223.9 db_ms=1.3 token=s3ss10n "
        "sql=\"SELECT a FROM t WHERE b = 'needle' AND c=4711\" took=5",
        ("INFO GET /items/5 200 dur_ms=223.9 db_ms=1.3", 'sql="SELECT a FROM t', '" took=5'),
    ),
    (
        "Nov 23 04:04:46 atlas sshd[77]: Accepted publickey for alice from 203.0.113.9 port 4 ssh2",
        ("Nov 23 04:04:46 ", " sshd[77]: Accepted publickey for ", " port 4 ssh2"),
    ),
    ("Linux zeus-17.corp.acme.com 6.18.44 #1 SMP x86_64 GNU/Linux", (" 6.18.44 #1 SMP x86_64",)),
    ("    link/ether 3e:8a:11:22:33:44 brd ff:ff:ff:ff:ff:ff", ("brd ff:ff:ff:ff:ff:ff",)),
    ("LISTEN 0 128 [::ffff:10.77.2.2]:80 0.0.0.0:*", ("LISTEN 0 128 [::ffff:", "]:80 0.0.0.0:*")),
    ("upstream backend { server hera7:80; }", ("upstream backend { server h",)),
    ("proxy_pass http://hera7:80/x; server_name shop.acme.com;", ("proxy_pass http://h", ":80/x;")),
    ("GET,/search?q=needle,2873,27,240", ("GET,/search?q=", ",2873,27,240")),
    ("PGPASSWORD=hunter2 curl -u alice:hunter2 https://alice:hunter2@api.acme.com:8443", (":84",)),
    ("mysql -u root -phunter2; Access denied for user 'webuser'@'zeus-17'", ("Access denied for",)),
    ("13\twebuser\t10.77.2.2:42752\tshop\tQuery\t0\tcreating", ("\tshop\tQuery\t0\tcreating",)),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN 4f2a9c11d0e84f2a9c11d0e8", ()),
    ("trace 123e4567-e89b-12d3-a456-426614174000 of deploy@zeus-17:/home/deploy", ("trace ",)),
    ("HTTPConnectionPool(host='shop.acme.com', port=443): Read timed out.", ("port=443): Read",)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("line", "left"), LINES, ids=lambda x: x[:24] if isinstance(x, str) else ""
)
def test_no_secret_of_a_line_comes_through_and_what_is_read_does(
    redactor: Redactor, line: str, left: tuple[str, ...]
) -> None:
    text = redactor.text(line + "\n")
    assert not [secret for secret in SECRETS if secret.lower() in text.lower()], text
    assert all(part in text for part in left), text
    if line.startswith("{"):
        json.loads(text)


@pytest.mark.parametrize(
    "line",
    [
        "vm.swappiness = 60",
        "TcpExtTCPMD5Unexpected          12                 0.0",
        "Icmp6OutMLDv2Reports            3",
        "1795406687.271790253 UTC +0000",
        "mariadbd, Version: 10.11.19-MariaDB-0+deb12u1-log (Debian 12). started with:",
        '{"cpu":{"user":12.5,"nice":0.0},"timestamp":"04:04:46"}',
        "12:34:56 all  3.1 %user",
        "inet 127.0.0.1/8 scope host lo; 0.0.0.0:80; 255.255.255.0",
        "HTTPConnectionClosed('connection closed.'),26",
        "client: backend, server: localhost, host: \"lb1\"",
        "select_full_join\t0",
        "/system.slice/nginx.service/cpu.stat:usage_usec 12",
        "java.net.SocketTimeoutException: Read timed out at org.acme.Foo.bar(Foo.java:12)",
        "log_format x '$remote_addr - $remote_user [$time_local] auth=$http_authorization';",
        "DELETE /items/5 200 dur_ms=223.9",
        "update available: 5; with 12 users, call 3",
    ],
)  # fmt: skip
def test_what_identifies_nobody_is_left_as_it_is(redactor: Redactor, line: str) -> None:
    assert redactor.text(line + "\n") == line + "\n"


def test_the_same_original_has_the_same_stand_in_everywhere(redactor: Redactor) -> None:
    shop = redactor.text("http://shop.acme.com/")[len("http://") : -1]
    assert redactor.text("Host: shop.acme.com") == f"Host: {shop}"
    user = redactor.text("user=alice").removeprefix("user=")
    assert redactor.text("/home/alice/x") == f"/home/{user}/x"


def test_a_statement_that_goes_on_in_the_next_block_is_still_one(redactor: Redactor) -> None:
    stream = redactor.stream()
    first = stream(b"SELECT a FROM t\n")
    then = stream(b"WHERE b = 'geheim'\n  AND c = 4711;\n# Time: 261123\nrows=4711\n")
    assert first == b"SELECT a FROM t\n"
    assert b"geheim" not in then and b"c = 4711" not in then
    assert then.endswith(b"# Time: 261123\nrows=4711\n")


# -- addresses ----------------------------------------------------------------------------------
ADDRESS = st.tuples(OCTET, OCTET, OCTET, OCTET)


def dotted(address: tuple[int, ...]) -> str:
    return ".".join(map(str, address))


@given(ADDRESS, ADDRESS)
def test_addresses_stay_apart_and_share_what_networks_they_shared(
    one: tuple[int, ...], other: tuple[int, ...]
) -> None:
    made = StandIns(KEY)
    a, b = made.address4(dotted(one)), made.address4(dotted(other))
    assert (a == b) == (one == other)
    for octets in (1, 2, 3):
        same = a.split(".")[:octets] == b.split(".")[:octets]
        assert same == (one[:octets] == other[:octets])


@given(ADDRESS)
def test_private_stays_private_and_public_public(address: tuple[int, ...]) -> None:
    text = dotted(address)
    before, after = map(ipaddress.IPv4Address, (text, StandIns(KEY).address4(text)))
    for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10"):
        assert (before in ipaddress.ip_network(net)) == (after in ipaddress.ip_network(net))


@given(st.integers(0, 2**128 - 1), st.integers(0, 2**64 - 1))
def test_the_subnet_of_an_address_stays_that_of_its_neighbours(number: int, host: int) -> None:
    made = StandIns(KEY)
    texts = [str(ipaddress.IPv6Address(n)) for n in (number, number >> 64 << 64 | host)]
    after = [ipaddress.IPv6Address(made.address6(text)) for text in texts]
    before = [ipaddress.IPv6Address(text) for text in texts]
    if not any(a.is_loopback or a.is_unspecified or a.is_multicast for a in before):
        assert int(after[0]) >> 64 == int(after[1]) >> 64
        assert (after[0] == after[1]) == (before[0] == before[1])


@given(st.text(string.hexdigits + "-_.", min_size=16, max_size=80))
def test_a_token_keeps_its_shape(token: str) -> None:
    made = StandIns(KEY).shaped(token)
    kinds = [[c.isdigit(), c.isupper(), c.islower()] for c in token]
    assert kinds == [[c.isdigit(), c.isupper(), c.islower()] for c in made]


@given(st.binary(max_size=400))
def test_no_bytes_whatever_make_it_fail_or_lose_a_line(data: bytes) -> None:
    made = Redactor(Path("map.json"), KEY, {})
    assert made.line(data).count(b"\n") == data.count(b"\n")


HOSTILE = (  # what would take a careless pattern hours
    *(b"a/" * 9000 + b"?", b"a_" * 99_000 + b"=passw", b"user=" + b"a" * 200_000 + b"("),
    *(b"\n" * 200_000 + b";", b"mysql-" * 33_000 + b" -p", b"x-auth-" * 29_000),
    *(b"select x=" + b"1" * 200_000, b"select '" + b"'" * 200_000, b"insert" + b" " * 200_000),
    *(
        b"a." * 100_000 + b"com",
        b"a@" * 100_000,
        b":" * 200_000,
        b"host=" + b"a" * 200_000 + b"://",
    ),
)


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: line[:8].decode("ascii", "replace"))
def test_a_hostile_host_cannot_keep_it_busy_for_long(redactor: Redactor, line: bytes) -> None:
    assert redactor.line(line)


# -- the private map ----------------------------------------------------------------------------
def test_the_map_is_the_owners_alone_and_makes_the_next_collection_alike(tmp_path: Path) -> None:
    path = tmp_path / "state" / "map.json"
    first = Redactor.open(path)
    text = first.text("GET / from 203.0.113.9, user=alice")
    first.save()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Redactor.open(path).text("GET / from 203.0.113.9, user=alice") == text
    assert Redactor.open(tmp_path / "other.json").text("from 203.0.113.9") not in text


def test_the_map_lists_originals_beside_their_stand_ins(tmp_path: Path) -> None:
    made = Redactor.open(tmp_path / "map.json")
    text = made.text("client: 203.0.113.9")
    made.save()
    seen = json.loads((tmp_path / "map.json").read_text())["seen"]
    assert f"client: {seen['address']['203.0.113.9']}" == text


@pytest.mark.parametrize(
    "torn", ["{", "[]", '{"key": "zz", "seen": {}}', '{"key": "00", "seen": {}}']
)
def test_a_damaged_map_is_not_replaced_by_another_key(tmp_path: Path, torn: str) -> None:
    (tmp_path / "map.json").write_text(torn)
    with pytest.raises(BadMap, match=r"private map .*map\.json"):
        Redactor.open(tmp_path / "map.json")


def test_the_map_lies_outside_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/me")
    assert map_path("run 42") == Path("/home/me/.local/state/diagnose/redaction/run_42.json")
    assert map_path("../x") == Path("/home/me/.local/state/diagnose/redaction/_x.json")


def test_what_is_no_text_is_known_by_its_first_bytes() -> None:
    assert is_binary(b"\x1f\x8b\x08") and is_binary(b"PK\x03\x04") and is_binary(b"a\0b")
    assert not is_binary("größe 1\n".encode())
