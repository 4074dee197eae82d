"""No secret of a configuration leaves a host, whichever awk filters it there."""

from __future__ import annotations

import shutil
import string
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import kind_of, read, write

from diagnose.collect.configuration import Masked, masking, without_secrets
from diagnose.collect.plan import Part, plan
from diagnose.fetches import When
from diagnose.hostfilters import MYSQL, NGINX, POSTGRES
from diagnose.hosts.local import LocalSession
from diagnose.hosts.session import Target, output
from diagnose.places import Place

AWKS = [
    command
    for command in (["mawk"], ["gawk"], ["gawk", "--posix"], ["busybox", "awk"])
    if shutil.which(command[0])
]
SECRET = "hunter2hunter2"
CONF = r"""
user www-data; worker_processes auto;
# the key is hunter2hunter2
events { worker_connections 36; }  # hunter2hunter2
http {
  log_format timed escape=json '$remote_addr "$request" '
      "$status rt=$request_time ua=\"$upstream_addr\"";
  access_log /var/log/nginx/access.log timed buffer=64k;
  map $http_authorization $known { default 0; "Bearer hunter2hunter2" 1; hunter2hunter2 1; }
  geo $x { default hunter2hunter2; }
  upstream api { server app:hunter2hunter2@10.0.0.7:8080 weight=2; keepalive 32; }
  server {
    listen 8080 backlog=128; server_name shop.example;
    ssl_certificate_key "data:-----BEGIN PRIVATE KEY-----
hunter2hunter2
-----END PRIVATE KEY-----";
    set $token hunter2hunter2; set $x "a;b{hunter2hunter2}";
    auth_basic_user_file /etc/hunter2hunter2;
    location /hunter2hunter2hunter2/x { proxy_pass http://api/hunter2hunter2?k=hunter2hunter2; }
    location ~ ^/(a|b)\.php$ {
      proxy_pass "http://u:hunter2hunter2@10.0.0.8:81/";
      proxy_set_header Authorization "Basic hunter2hunter2";
      secure_link_secret hunter2hunter2; return 200 "hunter2hunter2";
      if ($http_x_key = "hunter2hunter2") { return 403; }
      proxy_read_timeout 5s;
    }
    location /lua {
      content_by_lua_block {
        local s = "}" -- } hunter2hunter2
        local t = { k = 'hunter2hunter2}', u = [[ } hunter2hunter2; ]] }
        --[[ } listen hunter2hunter2; ]]
      }
      limit_req zone=calm;
    }
  }
  limit_req_zone $binary_remote_addr zone=calm:1m rate=10r/s;
}
"""
MY_CNF = f"""
[client]
password={SECRET}
[mysqld]
innodb_buffer_pool_size = 192M # {SECRET}
max-connections=151
slow_query_log
init_connect="SET PASSWORD = '{SECRET}'"
wsrep_sst_auth=root:{SECRET}
early-plugin-load={SECRET}
!includedir /etc/mysql/{SECRET}
"""
PG_CONF = f"""
max_connections = 100  # {SECRET}
shared_buffers = 128MB
#password = {SECRET}
primary_conninfo = 'host=a password={SECRET}'
ssl_passphrase_command = 'echo {SECRET}'
archive_command = 'curl -u a:{SECRET} %p'
log_min_duration_statement = 250
"""


@pytest.fixture(params=AWKS, ids=" ".join)
def awk(request):
    def run(program: str, text: str) -> str:
        done = subprocess.run(
            [*request.param, program],
            input=text.encode(),
            capture_output=True,
            check=False,
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        )
        return done.stdout.decode()

    return run


def test_there_are_several_awks_to_try():
    if len(AWKS) < 3:
        pytest.skip("mawk, gawk or busybox is not installed")


def test_nginx_tells_what_is_read_and_keeps_its_secrets(awk, tmp_path):
    told = awk(NGINX, CONF)
    assert "hunter2" not in told and "PRIVATE" not in told
    path = write(tmp_path, told, "nginx.conf")
    assert kind_of(path) == "nginx_conf"
    mine, bad = read(path, "nginx_conf")
    assert bad.count == 0
    # The reader itself counts the braces of Lua's strings.
    before, after = CONF.split("      content_by_lua_block {")[0], "limit_req zone=calm;"
    plain = (before + after + CONF.split(after)[1]).replace("app:hunter2hunter2@", "")
    whole, _ = read(write(tmp_path, plain), "nginx_conf")
    assert {(x.name, x.value) for x in mine.limits} == {(x.name, x.value) for x in whole.limits}
    assert {(x.name, x.value) for x in mine.facts} == {(x.name, x.value) for x in whole.facts}
    assert "# left out by diagnose" in told


def test_nginx_marks_of_files_stay_and_close_what_one_of_them_left_open(awk):
    told = awk(NGINX, "# configuration file /etc/a:\nhttp {\n# configuration file /b:\nlisten 80;")
    assert told == "# configuration file /etc/a:\nhttp {\n# configuration file /b:\nlisten 80;\n"


def test_option_files_of_mysql_tell_settings_only(awk, tmp_path):
    told = awk(MYSQL, MY_CNF)
    assert SECRET not in told
    sections, values = ["[client]", "[mysqld]"], ["innodb_buffer_pool_size", "=", "192M"]
    assert told.split() == [*sections, *values, "max-connections=151", "slow_query_log"]
    assert kind_of(write(tmp_path, told)) == "mysql_config"


def test_postgresql_conf_tells_settings_only(awk, tmp_path):
    told = awk(POSTGRES, PG_CONF)
    assert SECRET not in told
    assert kind_of(write(tmp_path, told)) == "postgres_settings"
    assert len(told.splitlines()) == 3


ALPHABET = string.ascii_letters + string.digits + "!$%&/()=?+*~-_.:,<>|^@"
secrets = st.text(ALPHABET, min_size=8, max_size=30).map(lambda s: f"zq{s}qz")
PLACES = [
    "set $x '{}';",
    "proxy_set_header Authorization '{}';",
    'add_header X-Key "{}" always;',
    "secure_link_md5 '{}$uri';",
    "map $a $b {{ '{}' 1; }}",
    "if ($a = '{}') {{ return 403 '{}'; }}",
    "auth_basic '{}'; # {}",
    "proxy_pass http://api/x?'{}';",
    "content_by_lua_block {{ local a = '{}' }}",
    "perl_set $a 'sub {{ return \"{}\"; }}';",
    "js_var $a '{}'; geo $b {{ 10.0.0.0/8 '{}'; }}",
    "ssl_password_file '/run/{}'; proxy_ssl_certificate_key '{}';",
]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(PLACES), secrets), min_size=1, max_size=8))
def test_no_secret_in_any_directive_passes(awk, places):
    lines = [place.replace("{}", secret).replace("{{", "{").replace("}}", "}")
             for place, secret in places]  # fmt: skip
    conf = "http {\n" + "\n".join(lines) + "\nserver { listen 8080; } }\n"
    told = awk(NGINX, conf)
    assert not [secret for _, secret in places if secret in told]
    assert "  server {\n    listen 8080;\n  }\n}\n" in told


@given(st.text(string.printable, max_size=300))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_text_makes_a_filter_fail(awk, text):
    for program in (NGINX, MYSQL, POSTGRES):
        awk(program, text)


NAMED = [
    "password={}",
    "Password : {}",
    "db_password\t{}",
    'api-key = "{}"',
    "proxy_pass http://app:{}@db/;",
    "dsn = mysql://root:{}@10.0.0.1/shop",
    "Authorization: Bearer {}",
    "proxy_set_header Authorization 'Basic {}';",
    "validate_password_secret|{}",
    "secure_link_secret {};",
]


@given(st.sampled_from(NAMED), st.text(string.ascii_letters + string.digits, min_size=8))
def test_what_looks_like_a_secret_is_taken_out_on_arrival(place, secret):
    line = place.format(f"zq{secret}").encode()
    assert f"zq{secret}".encode() not in without_secrets(line)


def test_settings_that_are_no_secret_stay():
    lines = b"max_connections\t151\nlisten 8080 backlog=128;\nlog_line_prefix = '%m [%p] '\n"
    assert without_secrets(lines) == lines


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_keys_are_left_out_however_the_bytes_come(pieces):
    text = b"a = 1\n-----BEGIN RSA PRIVATE KEY-----\nMIIEzqzq\n-----END RSA PRIVATE KEY-----\nb = 2"
    given_on: list[bytes] = []
    masked = Masked(given_on.append)
    for at in range(0, len(text), max(1, len(pieces))):
        masked(text[at : at + max(1, len(pieces))])
    masked.end()
    assert b"".join(given_on) == b"a = 1\n# a key or a certificate was left out\nb = 2"


def test_what_is_configured_is_cleaned_twice_and_a_key_of_several_samples_stays_out():
    clean = masking(lambda: bytes.upper)()
    assert clean(b"# 1.5\npassword = hunter2\n-----BEGIN PRIVATE KEY-----\n") == (
        b"# 1.5\nPASSWORD = ...\n# A KEY OR A CERTIFICATE WAS LEFT OUT\n"
    )
    assert clean(b"MIIEzqzq\n-----END PRIVATE KEY-----\nlisten 80;\n") == b"LISTEN 80;\n"
    assert masking(None)()(b"listen 80;\n") == b"listen 80;\n"


def test_what_a_host_of_ours_tells_once_has_nothing_that_is_taken_for_a_secret():
    session, kept = LocalSession(Target("local")), 0
    for asked in plan((Part("x", "lb", Place("local")),)).when(When.ONCE):
        done, text = output(session, f"({asked.command}\n) 2>/dev/null")
        if done.ok and text:
            assert without_secrets(text) == text
            kept += 1
    assert kept >= 3
