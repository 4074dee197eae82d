"""Whatever answers in Prometheus's place is told in one sentence, and takes what it may take."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from diagnose.collect.prometheus_http import PASSWORD, TOKEN, USER, Server
from diagnose.hosts.session import HostError

PATH = "/api/v1/query"
GOOD = b'{"status":"success","data":{"resultType":"vector","result":[]}}'


@contextmanager
def answering(act: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A web server that does this for whatever is asked; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                act(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(10)


def sending(
    status: int, body: bytes, headers: tuple[tuple[str, str], ...] = ()
) -> Callable[[BaseHTTPRequestHandler], None]:
    def act(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            asked.send_header(name, value)
        asked.end_headers()
        asked.wfile.write(body)

    return act


def refused(url: str, **options: float) -> HostError:
    with pytest.raises(HostError) as caught:
        Server(url, environ={}, **options).data(PATH, [("query", "up")])
    assert caught.value.hint and "\n" not in caught.value.what + caught.value.hint
    return caught.value


def cut_off(asked: BaseHTTPRequestHandler) -> None:
    asked.send_response(200)
    asked.send_header("Content-Length", "1000")
    asked.end_headers()
    asked.wfile.write(GOOD)


PACKED = (("Content-Encoding", "gzip"),)
ERROR = json.dumps({"status": "error", "error": "query processing would load too many samples"})
CASES = {
    "401": (sending(401, b""), "refuses to answer (401)"),
    "302": (sending(302, b"", (("Location", "https://login.example/"),)), "sends on to https://lo"),
    "404": (sending(404, b"<html>404 page not found</html>"), "has no API of Prometheus (404)"),
    "422": (sending(422, ERROR.encode()), "cannot answer (422: query processing would load"),
    "packed": (sending(422, gzip.compress(ERROR.encode()), PACKED), "would load too many"),
    "503": (sending(503, b"busy"), "cannot answer (503)"),
    "html": (sending(200, b"<html>hello</html>"), "answers, but not as Prometheus does"),
    "json": (sending(200, b"[]"), "answers, but not as Prometheus does"),
    "torn": (sending(200, gzip.compress(GOOD)[:20], PACKED), "broke off in the middle"),
    "damaged": (sending(200, b"no gzip", PACKED), "cannot be asked"),
    "cut off": (cut_off, "broke off in the middle"),
    "escapes": (sending(400, b'{"error": "\\u001b[2Jgone"}'), r"\x1b[2Jgone"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_refusal_is_one_sentence_and_a_hint(name: str) -> None:
    act, says = CASES[name]
    with answering(act) as url:
        assert says in refused(url).what


def test_nobody_there_is_said() -> None:
    with answering(sending(200, GOOD)) as url:
        pass
    assert refused(url).what.endswith("refuses the connection")
    assert "cannot be asked" in refused("http://name.invalid:9090").what


def test_silence_ends() -> None:
    with answering(lambda _: time.sleep(1.0)) as url:
        assert refused(url, seconds=0.3).what.endswith("does not answer in time")


def endless(asked: BaseHTTPRequestHandler) -> None:
    asked.send_response(200)
    asked.end_headers()
    while True:
        asked.wfile.write(b" " * 65536)


@pytest.mark.parametrize(
    "act",
    [endless, sending(200, gzip.compress(b" " * 50_000_000), PACKED)],
    ids=["endless", "a bomb of gzip"],
)
def test_an_answer_is_not_read_beyond_the_limit(act: Callable[..., None]) -> None:
    with answering(act) as url:
        assert "sends more than 1 MiB" in refused(url, limit=2**20).what


@pytest.mark.parametrize(
    ("environ", "header"),
    [
        ({}, None),
        ({TOKEN: "abc\n"}, "Bearer abc"),
        ({USER: "me", PASSWORD: "pä:ss"}, "Basic bWU6cMOkOnNz"),
    ],
)
def test_credentials_come_from_the_environment(environ: dict[str, str], header: str | None) -> None:
    seen: list[str | None] = []

    def act(asked: BaseHTTPRequestHandler) -> None:
        seen.append(asked.headers.get("Authorization"))
        sending(200, GOOD)(asked)

    with answering(act) as url:
        assert Server(url, environ=environ).data(PATH, [])["result"] == []
    assert seen == [header]


def test_credentials_are_never_shown_nor_sent_elsewhere() -> None:
    seen: list[str | None] = []

    def there(asked: BaseHTTPRequestHandler) -> None:
        seen.append(asked.headers.get("Authorization"))
        sending(200, GOOD)(asked)

    with answering(there) as other, answering(sending(302, b"", (("Location", other),))) as url:
        with pytest.raises(HostError) as caught:
            Server(url, environ={TOKEN: "hunter2"}).data(PATH, [])
        assert "hunter2" not in caught.value.what + caught.value.hint and seen == []
    with pytest.raises(HostError) as caught:
        Server(url, environ={TOKEN: "hunter2\r\nX: y"})
    assert "hunter2" not in caught.value.what and TOKEN in caught.value.what


def test_an_untrusted_certificate_is_refused(tmp_path) -> None:
    import ssl
    import subprocess

    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
         "-subj", "/CN=prometheus.example", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        error = refused(f"https://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert "certificate that is not trusted" in error.what and "SSL_CERT_FILE" in error.hint
