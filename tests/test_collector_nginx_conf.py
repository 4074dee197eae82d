"""Configurations that a real nginx accepted, whole, torn and hostile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.collectors._nginx_syntax import parse_tree
from diagnose.plugins import COLLECTORS
from diagnose.rawfile import Head

CONFS = FIXTURES / "nginx_conf"


def limits(reading):
    return {(one.name.removeprefix("nginx."), one.part): one.value for one in reading.limits}


def facts(reading, name):
    return [(one.part, one.value) for one in reading.facts if one.name == f"nginx.{name}"]


def of(tmp_path, text):
    return read(write(tmp_path, text), "nginx_conf")


def test_a_real_configuration_is_told_by_its_content_and_read():
    assert kind_of(CONFS / "lb.conf") == "nginx_conf" and COLLECTORS["nginx_conf"].first
    reading, bad = read(CONFS / "lb.conf", "nginx_conf")
    assert bad.count == 0 and reading.notes == []
    assert limits(reading) == {
        ("worker_processes", ""): 2,
        ("worker_rlimit_nofile", ""): 8192,
        ("worker_connections", ""): 36,
        ("keepalive_timeout_s", ""): 65,
        ("upstream_keepalive", "backend"): 8,
        ("listen_backlog", "0.0.0.0:80"): 1024,
        ("proxy_connect_timeout_s", "server shop location /"): 5,
        ("proxy_read_timeout_s", "server shop location /"): 15,
    }
    assert facts(reading, "upstream") == [("backend", "10.77.2.2:80")]
    ((name, log_format),) = facts(reading, "log_format")
    assert name == "lab" and log_format.startswith("$remote_addr - $remote_user [$time_local]")


def test_nginx_t_is_read_across_its_files():
    assert kind_of(CONFS / "whole.txt") == "nginx_conf"
    reading, bad = read(CONFS / "whole.txt", "nginx_conf")
    assert bad.count == 0
    assert limits(reading) == {
        ("worker_connections", ""): 512,
        ("limit_req_per_s", "login"): 0.5,
        ("keepalive_timeout_s", ""): 60,
        ("upstream_keepalive", "app"): 32,
        ("listen_backlog", "127.0.0.1:18950"): 128,
        ("proxy_connect_timeout_s", "server shop location /api/"): 0.3,
        ("proxy_read_timeout_s", "server shop location /api/"): 5400,
        ("proxy_read_timeout_s", "server shop location = /pay"): 5,
    }
    assert facts(reading, "upstream") == [
        ("app", "10.77.3.2:8080"),
        ("app", "10.77.3.3:80"),
        ("app", "[2001:db8::1]:81"),
        ("", "10.77.9.9:443"),
    ]
    assert facts(reading, "listen") == [("", "127.0.0.1:18950"), ("", "[::1]:18951")]
    assert facts(reading, "worker_processes") == [("", "auto")]
    assert facts(reading, "log_format") == [
        ("main", '$remote_addr "$request" $status rt=$request_time "${upstream_addr}"'),
        ("js", '{"t":"$msec","s":$status}'),
    ]


def test_a_default_is_said_to_be_one():
    reading, _ = read(CONFS / "whole.txt", "nginx_conf")
    (note,) = reading.notes
    assert "worker_connections is not set" in note and "512" in note


def test_the_line_of_a_limit_is_the_line_of_its_directive():
    reading, _ = read(CONFS / "whole.txt", "nginx_conf")
    text = (CONFS / "whole.txt").read_text().splitlines()
    (rate,) = [one for one in reading.limits if one.name == "nginx.limit_req_per_s"]
    assert "rate=30r/m" in text[rate.line - 1]


def test_included_files_are_named(tmp_path):
    reading, _ = of(tmp_path, "include mime.types; include conf.d/*.conf;\nhttp { server { } }")
    (note,) = reading.notes
    assert "conf.d/*.conf" in note and "mime.types" not in note and "nginx -T" in note


def test_secrets_stay_where_they_are():
    reading, bad = read(CONFS / "whole.txt", "nginx_conf")
    assert "c2VjcmV0" not in repr((reading, bad)) and "s3cret" not in repr((reading, bad))


def test_the_version_is_a_fact():
    assert kind_of(CONFS / "version.txt") == "nginx_conf"
    reading, bad = read(CONFS / "version.txt", "nginx_conf")
    assert facts(reading, "version") == [("", "1.22.1")] and bad.count == 0
    assert reading.limits == []


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("events { worker_connections 7; }\nhttp {\n server { listen 8", 3, "breaks off"),
        ("http {\n server {\n", 1, "not closed"),
        ("http { }\n}\n", 2, "closes no block"),
        ("server { listen 80\n}\n", 2, "semicolon"),
        ('http {\n auth_basic "se', 2, "left open"),
        ("{ a b; }", 1, "no name"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_the_rest_is_read(tmp_path, text, line, sentence):
    _, bad = of(tmp_path, text)
    assert any(number == line and sentence in said for number, said in bad.kept)
    assert "se" not in [said for _, said in bad.kept]


def test_lua_is_read_over(tmp_path):
    text = 'location / { content_by_lua_block {\n local t = {a = {"x;"}}\n}\n}\nlisten 81;\n'
    reading, bad = of(tmp_path, text)
    assert bad.count == 0 and facts(reading, "listen") == [("", "0.0.0.0:81")]
    assert reading.facts[0].line == 5


def test_marks_and_line_ends_do_not_matter(tmp_path):
    text = b"\xef\xbb\xbf" + (CONFS / "lb.conf").read_bytes().replace(b"\n", b"\r\n")
    reading, bad = of(tmp_path, text)
    assert bad.count == 0 and len(reading.limits) == 8 and reading.limits[-1].line == 22


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<VirtualHost *:80>\n  ServerName shop\n</VirtualHost>\n",
        b"frontend web\n  bind *:80\n  default_backend app\n",
        b"func main() {\n\tserver := &http.Server{}\n}\n",
        b"server {\n",
        b'{"http": {"server": "x"}}\n',
        b"127.0.0.1 - - [x] proxy_pass\n",
    ],
)
def test_what_looks_alike_is_refused(text):
    assert kind_of_head(Head.of(text)) != "nginx_conf"


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)


def quoted(word):
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(st.lists(st.tuples(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.lists(words))))
def test_what_we_write_we_read_back(rows):
    rows = [(name, args) for name, args in rows if not name.endswith("_by_lua_block")]
    text = "".join(f"{name} {' '.join(map(quoted, args))};\n" for name, args in rows)
    tree = parse_tree(f"http {{ # }}\n{text}}}")
    assert tree.wrong == []
    assert [(one.name, one.args) for one in tree.top[0].block] == rows


@given(st.binary(max_size=200) | st.text(alphabet="ab{};#\"\\ \n$'", max_size=60).map(str.encode))
def test_no_bytes_make_it_fall(tmp_path_factory, junk):
    kind_of_head(Head.of(junk))
    read(write(tmp_path_factory.mktemp("x"), junk), "nginx_conf")
