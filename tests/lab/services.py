"""What runs on the hosts of the lab: sshd, nginx, the application, MariaDB."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .hosts import Host, until

HERE = Path(__file__).parent
FORMAT = (
    'log_format timed \'$remote_addr [$time_local] "$request" $status $body_bytes_sent '
    "rt=$request_time uct=$upstream_connect_time uht=$upstream_header_time "
    "urt=$upstream_response_time ua=$upstream_addr us=$upstream_status';"
)
NGINX = """\
user root;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log info;
events {{ worker_connections {connections}; }}
http {{
    {log_format}
    access_log /var/log/nginx/access.log timed;
    keepalive_timeout 65;
    upstream next {{ server {upstream}; keepalive 32; }}
    server {{
        listen 80 backlog={backlog};
        location = /nginx_status {{ stub_status; access_log off; allow all; }}
        location / {{
            proxy_pass http://next;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_connect_timeout 5s;
        }}
    }}
}}
"""
MARIADB = """\
[mysqld]
datadir = /var/lib/mysql
socket = /run/mysqld/mysqld.sock
pid-file = /run/mysqld/mysqld.pid
bind-address = 0.0.0.0
skip-name-resolve
performance_schema = off
innodb_buffer_pool_size = 128M
innodb_flush_log_at_trx_commit = 2
slow_query_log = 1
slow_query_log_file = /var/log/mysql/slow.log
log_error = /var/log/mysql/error.log
long_query_time = 0.02
[client]
socket = /run/mysqld/mysqld.sock
"""
ROWS = """\
CREATE DATABASE shop; USE shop;
CREATE TABLE items (id INT PRIMARY KEY, owner INT NOT NULL, name VARCHAR(40), price DECIMAL(8,2));
INSERT INTO items SELECT seq, seq % 2000, CONCAT('item ', seq), seq % 977 / 10
  FROM seq_1_to_{rows};
CREATE USER app IDENTIFIED BY 'app'; GRANT ALL ON shop.* TO app;
"""
INDEX = "CREATE INDEX by_owner ON shop.items (owner);"


def nginx(host: Host, upstream: str, connections: int = 1024, backlog: int = 511) -> None:
    """nginx as a balancer, with a log that bears times."""
    text = NGINX.format(
        connections=connections, upstream=upstream, backlog=backlog, log_format=FORMAT
    )
    host.write("/etc/nginx/nginx.conf", text)
    host.path("/var/lib/nginx").mkdir(exist_ok=True)
    host.start("nginx", "-g", "daemon off;")
    until(lambda: host.path("/run/nginx.pid").exists(), f"nginx at {host.name} starts")


def api(host: Host, database: str, think_s: float = 0.0, port: int = 8080) -> None:
    """The application with its twenty connections; its log is /var/log/api.log."""
    words = [sys.executable, str(HERE / "api.py"), str(port), database, "20", str(think_s)]
    host.start(*words, log="/var/log/api.log")
    listens = f":{port} "
    until(
        lambda: listens in host.run("ss", "-ltn"), f"{host.name} listens, or says why it does not"
    )


def mariadb(host: Host, rows: int = 60_000, indexed: bool = True) -> None:
    """MariaDB with the table of the application; without its index where asked for."""
    host.write("/etc/mysql/my.cnf", MARIADB)
    for folder in ("/var/lib/mysql", "/run/mysqld", "/var/log/mysql"):
        host.path(folder).mkdir(parents=True, exist_ok=True)
    host.run(
        *("mariadb-install-db", "--user=root", "--datadir=/var/lib/mysql"),
        *("--skip-test-db", "--auth-root-authentication-method=socket"),
    )
    host.start("mariadbd", "--user=root")
    until(lambda: host.path("/run/mysqld/mysqld.sock").exists(), "MariaDB starts", 60)
    sql = ROWS.format(rows=rows) + (INDEX if indexed else "") + "ANALYZE TABLE shop.items;"
    until(lambda: "1" in host.run("mariadb", "-e", "SELECT 1", check=False), "MariaDB answers")
    host.run("mariadb", text=sql)


def key(folder: Path) -> Path:
    """A new key pair of the laptop."""
    path = folder / "id_ed25519"
    if not path.exists():
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
        subprocess.run(command, check=True)
    return path


def sshd(host: Host, address: str, public_key: str) -> str:
    """An sshd on the management address; its known_hosts line."""
    host.write("/root/.ssh/authorized_keys", public_key, 0o600)
    host.path("/root/.ssh").chmod(0o700)
    host.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/etc/ssh/host_key")
    config = [
        f"ListenAddress {address}",
        "HostKey /etc/ssh/host_key",
        "PasswordAuthentication no",
        "PidFile /run/sshd.pid",
        "UsePAM no",
        "StrictModes no",
        "UseDNS no",
    ]
    host.write("/etc/ssh/sshd_config", "\n".join(config) + "\n")
    host.start("/usr/sbin/sshd", "-D", "-e", log="/var/log/sshd.log")
    until(lambda: f"{address}:22" in host.run("ss", "-ltn"), f"sshd at {host.name} listens")
    kind, data = host.path("/etc/ssh/host_key.pub").read_text().split()[:2]
    return f"{address} {kind} {data}\n"
