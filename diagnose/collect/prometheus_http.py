"""A Prometheus server's HTTP API: one question at a time, within limits, nothing written there.

Credentials come from the environment and go nowhere else: DIAGNOSE_PROMETHEUS_TOKEN, or
DIAGNOSE_PROMETHEUS_USER and DIAGNOSE_PROMETHEUS_PASSWORD.
Source: https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterable, Mapping
from typing import IO, Any

from diagnose.hosts.printable import printable
from diagnose.hosts.session import BYTES, SECONDS, HostError

TOKEN = "DIAGNOSE_PROMETHEUS_TOKEN"
USER, PASSWORD = "DIAGNOSE_PROMETHEUS_USER", "DIAGNOSE_PROMETHEUS_PASSWORD"
PIECE = 2**16
SLOWEST = 10.0  # an answer may take so many times what its first byte may (a choice)
REFUSED = (401, 403)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the credentials elsewhere; most lead to a page to log in."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Server:
    """One server; several threads may share it."""

    def __init__(
        self,
        url: str,
        *,
        seconds: float = SECONDS,
        limit: int = BYTES,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """seconds: for one answer to begin; limit: bytes of one answer, unpacked."""
        self.url = url.rstrip("/")
        self._seconds, self._limit = seconds, limit
        self._headers = {"Accept-Encoding": "gzip", **_credentials(environ)}
        self._opener = urllib.request.build_opener(_NoRedirect)

    def answer(self, path: str, asked: Iterable[tuple[str, str]]) -> bytes:
        """The bytes of a good answer, as they came (unpacked).

        Raises:
            HostError: there was none; it says why, and what can be done.
        """
        query = urllib.parse.urlencode(list(asked))
        request = urllib.request.Request(f"{self.url}{path}?{query}", headers=self._headers)
        try:
            with self._opener.open(request, timeout=self._seconds) as reply:
                return self._read(reply, packed=reply.headers.get("Content-Encoding") == "gzip")
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            raise self._failure(reason) from None

    def data(self, path: str, asked: Iterable[tuple[str, str]]) -> Any:
        """What stands under "data" in an answer.

        Raises:
            HostError: there was no answer, or it is none of Prometheus.
        """
        try:
            return json.loads(self.answer(path, asked))["data"]
        except (ValueError, KeyError, TypeError):
            raise HostError(
                f"{self.url} answers, but not as Prometheus does",
                hint="give the address in front of /api/v1, such as http://prometheus:9090",
            ) from None

    def _read(self, reply: IO[bytes], *, packed: bool) -> bytes:
        """Within the limits, whatever it unpacks to and however slowly it drips."""
        unpack = zlib.decompressobj(wbits=31) if packed else None
        parts, size, deadline = [], 0, time.monotonic() + SLOWEST * self._seconds
        while piece := reply.read(PIECE):
            if time.monotonic() > deadline:
                raise TimeoutError
            while piece:
                part = unpack.decompress(piece, PIECE) if unpack else piece
                piece = unpack.unconsumed_tail if unpack else b""
                parts.append(part)
                size += len(part)
                if size > self._limit:
                    raise HostError(
                        f"{self.url} sends more than {self._limit // 2**20} MiB in one answer",
                        hint="raise limit_mb in [collect]",
                    )
        if (unpack and not unpack.eof) or getattr(reply, "length", None):
            raise HostError(f"{self.url} broke off in the middle of an answer", hint="try again")
        return b"".join(parts)

    def _refusal(self, error: urllib.error.HTTPError) -> HostError:
        """What a status that is not 200 means."""
        if error.code in REFUSED:
            hint = f"set {TOKEN}, or {USER} and {PASSWORD}, in the environment"
            return HostError(f"{self.url} refuses to answer ({error.code})", hint=hint)
        if error.code in range(300, 400):
            to = printable(str(error.headers.get("Location", "elsewhere")))[:200]
            return HostError(f"{self.url} sends on to {to}", hint="give the address it leads to")
        with error:
            why = _why(error.read(PIECE), packed=error.headers.get("Content-Encoding") == "gzip")
        if error.code == 404 and not why:
            return HostError(
                f"{self.url} has no API of Prometheus (404)",
                hint="give the address in front of /api/v1, such as http://prometheus:9090",
            )
        return HostError(
            f"{self.url} cannot answer ({error.code}{': ' if why else ''}{why})",
            hint="ask for less at once, or see the server's own log",
        )

    def _failure(self, reason: object) -> HostError:
        if isinstance(reason, TimeoutError):
            what, hint = (
                "does not answer in time",
                "raise seconds in [collect], or check the address",
            )
        elif isinstance(reason, ssl.SSLError):
            what = f"shows a certificate that is not trusted ({reason.reason or reason})"
            hint = "set SSL_CERT_FILE to the certificate of its authority"
        elif isinstance(reason, ConnectionRefusedError):
            what, hint = "refuses the connection", "check that it runs, and its port"
        else:
            said = getattr(reason, "strerror", None) or reason
            what = f"cannot be asked ({printable(str(said))[:200]})"
            hint = "check the address in diagnose.toml, and that this machine may reach it"
        return HostError(f"{self.url} {what}", hint=hint)


def _credentials(environ: Mapping[str, str]) -> dict[str, str]:
    """The header that says who asks; what is no header would be shown in an error."""
    token = environ.get(TOKEN, "").strip()
    if token and not (token.isascii() and token.isprintable()):
        raise HostError(f"{TOKEN} holds what no token can", hint="set it to the token alone")
    if token:
        return {"Authorization": f"Bearer {token}"}
    if user := environ.get(USER):
        plain = f"{user}:{environ.get(PASSWORD, '')}".encode()
        return {"Authorization": f"Basic {base64.b64encode(plain).decode()}"}
    return {}


def _why(body: bytes, *, packed: bool) -> str:
    """The reason that Prometheus gives in an error's body; "" where it gives none."""
    try:
        plain = zlib.decompressobj(wbits=31).decompress(body, PIECE) if packed else body
        said = json.loads(plain)["error"]
    except (ValueError, KeyError, TypeError, zlib.error):
        return ""
    return printable(str(said))[:300]
