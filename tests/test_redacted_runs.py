"""A run that was collected with `--redact` gives the verdict that it gives without."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import pytest
from golden import Goldens
from redacting import all_bytes, redacted_copy

from diagnose import topology
from diagnose.analyze import analyze
from diagnose.collect.redaction import Redactor, know
from diagnose.model import Diagnosis

RUN42 = Path(__file__).parent.parent / "examples" / "run42"
PLANTED = (
    '203.0.113.9 - alice [23/Nov/2026:04:05:20 +0000] "GET /search?q=needle HTTP/1.1" 200 2301 '
    '"https://shop.acme.com/?sid=s3ss10n" "curl" rt=0.224 uct="0.000" uht="0.224" urt="0.224" '
    'us="200" ua="10.77.2.2:80" cid=13 creq=1\n'
)
SECRETS = (b"203.0.113.9", b"alice", b"needle", b"acme", b"s3ss10n", b"10.77.", b"zeus", b"geheim")


def redactor(run: Path, to: Path) -> Redactor:
    made = Redactor.open(to / "map.json")
    read = topology.read(run / "diagnose.toml")
    know(made, read[1].places if read else {})
    return made


def says(diagnosis: Diagnosis) -> dict[str, Any]:
    """What must not change: who is accused, cleared and unknown, and what was read."""
    return {
        "verdict": diagnosis.verdict,
        "suspects": [(s.component, s.resource, s.rule, s.level) for s in diagnosis.suspects],
        "confidence": [round(s.confidence, 6) for s in diagnosis.suspects],
        "cleared": [(c.component, c.resource) for c in diagnosis.cleared],
        "unknown": [(u.component, u.resource) for u in diagnosis.unknown],
        "read": [(s.path, s.kind, s.lines, s.unreadable) for s in diagnosis.sources],
        "unrecognized": diagnosis.unrecognized,
    }


def test_the_bundled_run_with_secrets_in_it(tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(RUN42, run, ignore=shutil.ignore_patterns("report*", "verdict*"))
    log = run / "raw/lb1/access.log.gz"
    lines = gzip.decompress(log.read_bytes()).decode().splitlines(keepends=True)
    log.write_bytes(gzip.compress("".join([*lines[:2000], PLANTED, *lines[2000:]]).encode()))
    with (run / "raw/db/slow.log").open("a") as slow:
        slow.write("# Time: 261123  4:05:48\n# User@Host: alice[alice] @ zeus [10.77.4.1]\n"
                   "# Query_time: 0.3  Lock_time: 0.0  Rows_sent: 0  Rows_examined: 9\n"
                   "SET timestamp=1795406748;\nSELECT a FROM t\nWHERE b='geheim';\n")  # fmt: skip
    made = redactor(run, tmp_path)
    made.know_host("zeus")
    copy = redacted_copy(run, tmp_path / "copy", made)
    before, _, _ = analyze(run, out=tmp_path / "a")
    after, _, _ = analyze(copy, out=tmp_path / "b")
    assert says(after) == says(before)
    assert after.sentence == before.sentence
    text = all_bytes(copy)
    assert not [secret for secret in SECRETS if secret in text]
    assert b"needle" in all_bytes(run)


@pytest.mark.parametrize("name", ["router_filter", "lb_accept_queue", "db_slow_query"])
def test_golden_runs(golden: Goldens, tmp_path: Path, name: str) -> None:
    run = golden.path(name)
    copy = redacted_copy(run, tmp_path / "copy", redactor(run, tmp_path))
    after, _, _ = analyze(copy, out=tmp_path / "out")
    assert says(after) == says(golden[name].diagnosis)


def test_hosts_that_name_their_components_are_renamed_alike_everywhere(
    golden: Goldens, tmp_path: Path
) -> None:
    """Without a `host` the component's name is the host's."""
    run = tmp_path / "run"
    shutil.copytree(golden.path("router_filter"), run)
    toml = run / "diagnose.toml"
    toml.write_text(toml.read_text().replace("gw-2", "zeus-2").replace("edge", "aphrodite"))
    made = redactor(run, tmp_path)
    for name, own in (("gw-2", "zeus-2"), ("edge", "aphrodite")):
        (run / "raw" / name).rename(run / "raw" / made.text(own))
    copy = redacted_copy(run, tmp_path / "copy", made)
    after, _, _ = analyze(copy, out=tmp_path / "out")
    first = after.suspects[0]
    assert (first.component, first.resource) == (made.text("zeus-2"), "packet_loss")
    assert not [s for s in (b"zeus", b"aphrodite") if s in all_bytes(copy)]
