"""The lab's application: HTTP in front of MariaDB, one log line a request. Run by itself."""

from __future__ import annotations

import json
import queue
import random
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pymysql

POOL: queue.LifoQueue = queue.LifoQueue()
LOG = threading.Lock()
THINK_S = float(sys.argv[4]) if len(sys.argv) > 4 else 0.0  # it waits for something outside
QUERIES = {
    "/items": ("SELECT id, name, price FROM items WHERE owner = %s ORDER BY price LIMIT 20", 2_000),
    "/item": ("SELECT id, name, price FROM items WHERE id = %s", 60_000),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # head and body in one segment: two would wait for a delayed ACK

    def do_GET(self) -> None:
        began, status, db_s, wait_s = time.monotonic(), 200, 0.0, 0.0
        path = self.path.partition("?")[0]
        try:
            statement, span = QUERIES[path]
            connection = POOL.get(timeout=10)
            wait_s = time.monotonic() - began
            try:
                with connection.cursor() as cursor:
                    cursor.execute(statement, (random.randrange(1, span),))
                    rows = cursor.fetchall()
            finally:
                POOL.put(connection)
            db_s = time.monotonic() - began - wait_s
            time.sleep(THINK_S)
            body = json.dumps([[i, n, float(p)] for i, n, p in rows]).encode()
        except Exception as error:  # the lab wants to see it in the log, not in a traceback
            status, body = 500, json.dumps({"error": repr(error)[:200]}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        took = time.monotonic() - began
        row = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": "GET",
            "path": path,
            "status": status,
            "duration_ms": round(took * 1000, 3),
            "db_ms": round(db_s * 1000, 3),
            "pool_wait_ms": round(wait_s * 1000, 3),
        }
        with LOG:
            print(json.dumps(row), flush=True)

    def log_message(self, *_: object) -> None:
        """The row above is the log."""


class Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True


def main(port: int, database: str, connections: int) -> None:
    for _ in range(connections):
        POOL.put(
            pymysql.connect(
                host=database, user="app", password="app", database="shop", autocommit=True
            )
        )
    Server(("0.0.0.0", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
