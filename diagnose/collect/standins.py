"""Stand-ins for what may identify somebody: the same for the same original, under one key.

They are reckoned from the key and the original alone, so that several processes agree
without a word. A stand-in has the shape of its original, for the collectors to read.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache

KEY_BYTES = 32
REMEMBERED = 1 << 16  # stand-ins in memory (a choice); all others are reckoned anew
LONGEST = 512  # characters of one that is remembered
_OWN = re.compile(r"[dhux][0-9a-f]{8}(?:\.[dhux][0-9a-f]{8})*(?:\.example)?")
# First octets that stay: "this network", private, loopback, and what has special parts.
_FIXED = {0, 10, 100, 127, 169, 172, 192, *range(224, 256)}
_DOCUMENTATION = 0x3FFF << 112  # 3fff::/20 stands for no host. Source: RFC 9637
_UNIQUE_LOCAL = 0xFD << 120


class StandIns:
    """Keyed stand-ins. Threads may share one."""

    def __init__(self, key: bytes) -> None:
        """key: KEY_BYTES that nobody else knows."""
        self._key = key
        self.name = lru_cache(REMEMBERED)(self._name)
        self.address4 = lru_cache(REMEMBERED)(self._address4)
        self.address6 = lru_cache(REMEMBERED)(self._address6)
        self._short = lru_cache(REMEMBERED)(self._shaped)
        self._rounds = lru_cache(REMEMBERED // 4)(lambda prefix: self.digest("4", prefix, 64))

    def digest(self, kind: str, original: str, size: int = 4) -> bytes:
        """So many bytes that tell nothing of the original without the key."""
        text = f"{kind}\0{original}".encode("utf-8", "surrogateescape")
        return hashlib.blake2b(text, key=self._key, digest_size=size).digest()

    def label(self, kind: str, original: str) -> str:
        """kind: "h" for a host, "d" a domain, "u" a user, "x" anything else.

        >>> StandIns(bytes(32)).label("u", "alice")
        'u41b3c831'
        """
        return kind + self.digest(kind, original).hex()

    def _name(self, name: str) -> str:
        """A host's name: its domain and each label for itself, whatever the case.

        >>> StandIns(bytes(32)).name("lb1.corp.com").endswith(".example")
        True
        """
        labels = name.lower().rstrip(".").split(".")
        if len(labels) == 1:
            return self.label("h", labels[0])
        domain = self.label("d", ".".join(labels[-2:]))
        return ".".join((*(self.label("h", label) for label in labels[:-2]), domain, "example"))

    def shaped(self, token: str) -> str:
        """A token of the same shape."""
        return self._short(token) if len(token) <= LONGEST else self._shaped(token)

    def _shaped(self, token: str) -> str:
        """Letters for letters, digits for digits, the rest as it stands; hexadecimal stays so.

        >>> StandIns(bytes(32)).shaped("0f-Az").count("-")
        1
        """
        whole = re.fullmatch(r"[0-9a-fA-F-]+", token) is not None
        letters = "abcdef" if whole else "abcdefghijklmnopqrstuvwxyz"
        seed = self.digest("x", token, 32).hex()
        stream = b"".join(
            self.digest("x", f"{seed}\0{i}", 64) for i in range(0, len(token) // 64 + 1)
        )
        return "".join(_like(c, stream[i], letters, first=i == 0) for i, c in enumerate(token))

    def _address4(self, address: str) -> str:
        """Same /8, /16 and /24 as another one's where the originals have; private stay private.

        Loopback, multicast, masks and link-local stay as they are, and so do .0 and .255.
        """
        a, b, c, d = (int(part) for part in address.split("."))
        if a in (0, 127) or a >= 224 or (a, b) == (169, 254):
            return address
        first = a if a in _FIXED else self._walk("", a, lambda x: x not in _FIXED)
        second = self._walk(f"{a}", b, lambda x: _special(a, x) == _special(a, b))
        third = self._walk(f"{a}.{b}", c, lambda _: True)
        last = d if d in (0, 255) else self._walk(f"{a}.{b}.{c}", d, lambda x: x not in (0, 255))
        return f"{first}.{second}.{third}.{last}"

    def _walk(self, prefix: str, octet: int, fits: Callable[[int], bool]) -> int:
        """One octet among those that fit: applied until one does, a permutation stays one."""
        rounds = self._rounds(prefix)
        octet = _permuted(octet, rounds)
        while not fits(octet):
            octet = _permuted(octet, rounds)
        return octet

    def _address6(self, address: str) -> str:
        """Same /48 and /64 where the originals have; local addresses stay local.

        Raises:
            ValueError: it is no address.
        """
        found = ipaddress.IPv6Address(address)
        number = int(found)
        if found.is_loopback or found.is_unspecified or found.is_multicast:
            return address
        host = int.from_bytes(self.digest("6", f"{number:x}", 8))
        if found.is_link_local:
            return str(ipaddress.IPv6Address((0xFE80 << 112) | host))
        site, net = number >> 80, number >> 64
        bits = 40 if found.is_private and number >> 121 == 0x7E else 28
        top = _UNIQUE_LOCAL if bits == 40 else _DOCUMENTATION
        many = int.from_bytes(self.digest("6", f"{site:x}/48", 5)) >> (40 - bits)
        subnet = int.from_bytes(self.digest("6", f"{net:x}/64", 2))
        return str(ipaddress.IPv6Address(top | many << 80 | subnet << 64 | host))


def _permuted(octet: int, rounds: bytes) -> int:
    """A permutation of 256 octets: a Feistel network of four rounds on their halves."""
    left, right = octet >> 4, octet & 15
    for i in range(0, 64, 16):
        left, right = right, left ^ (rounds[i + right] & 15)
    return left << 4 | right


def _special(a: int, b: int) -> bool:
    """Whether a.b.0.0 lies in a block that is no public one, or has another meaning."""
    return (
        (a == 172 and 16 <= b < 32)
        or (a == 192 and b == 168)
        or (a == 169 and b == 254)
        or (a == 100 and 64 <= b < 128)
    )


def _like(c: str, byte: int, letters: str, *, first: bool) -> str:
    if c.isdigit():
        return "0" if first and c == "0" else str(1 + byte % 9) if first else str(byte % 10)
    if "a" <= c.lower() <= "z":
        letter = letters[byte % len(letters)]
        return letter.upper() if c.isupper() else letter
    return c


def is_own(text: str) -> bool:
    """Whether it is a stand-in already.

    >>> is_own("h00c0ffee.d00c0ffee.example"), is_own("lb1.example")
    (True, False)
    """
    return _OWN.fullmatch(text) is not None
