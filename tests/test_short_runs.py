"""Short load tests of other systems: other names, formats and faults than the eight long ones.

Each is read in three forms: with its diagnose.toml, as folders of hosts without it, and flat,
with the host in each file's name.
"""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
from golden import blamed, failed_reader, first

from diagnose.analyze import analyze

SHORT = Path(__file__).parent / "runs" / "short"
NAMES = sorted(path.name.removesuffix(".tar.xz") for path in SHORT.glob("*.tar.xz"))


def unpacked(name: str, to: Path, form: str) -> tuple[Path, dict[str, Any]]:
    with tarfile.open(SHORT / f"{name}.tar.xz") as archive:
        archive.extractall(to, filter="data")
    run = to / name
    truth = json.loads((run / "truth.json").read_text(encoding="utf-8"))
    if form == "declared":
        return run, truth
    target = to / "gathered"
    for file in (run / "raw").rglob("*"):
        if file.is_file():
            parts = file.relative_to(run / "raw").parts
            new = target / ("_".join(parts) if form == "flat" else "/".join(parts))
            new.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, new)
    return target, truth


@pytest.mark.parametrize("form", ["declared", "folders", "flat"])
@pytest.mark.parametrize("name", NAMES)
def test_what_was_planted_is_found_and_nobody_else_is_accused(
    tmp_path: Path, name: str, form: str
) -> None:
    path, truth = unpacked(name, tmp_path, form)
    diagnosis, run, _ = analyze(path, out=tmp_path / "out")
    assert not failed_reader(diagnosis) and not diagnosis.unrecognized
    assert diagnosis.verdict == truth["verdict"]
    assert run.topology.path() == tuple(truth["path"])
    assert not blamed(diagnosis) & set(truth["innocent"])
    assert truth.get("says", "") in diagnosis.sentence
    if truth["culprit"] != "none":
        assert first(diagnosis) == (truth["culprit"], truth["resource"])
        assert diagnosis.suspects[0].level == "likely"
    else:
        assert not diagnosis.suspects
