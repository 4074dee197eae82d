"""A table of metrics speaks of many components: each gets its own and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from diagnose.analyze import analyze
from diagnose.case import Run

BEGIN_S = 1_795_404_240
TOML = """
[components.web]
role = "lb"
sends_to = ["api"]
[components.api]
role = "app"
host = "api-host"
clock_offset_s = 30
[components.mon]
role = "other"
"""
HEAD = "time,component,metric,value"


def a_folder(tmp_path: Path, rows: list[str]) -> Run:
    (tmp_path / "diagnose.toml").write_text(TOML, encoding="utf-8")
    (tmp_path / "mon").mkdir()
    (tmp_path / "mon" / "table.csv").write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
    return analyze(tmp_path, out=tmp_path / "out")[1]


def busy(name: str, ratio: float) -> list[str]:
    return [f"{BEGIN_S + t},{name},cpu.busy_ratio,{ratio}" for t in range(60)]


def held(run: Run, name: str) -> float:
    return float(np.nanmean(run.cases[name].values("cpu.busy_ratio")))


def test_each_component_gets_its_own_rows(tmp_path: Path) -> None:
    run = a_folder(tmp_path, [*busy("web", 0.25), *busy("api-host", 0.75), *busy("", 0.5)])
    assert (held(run, "web"), held(run, "api"), held(run, "mon")) == (0.25, 0.75, 0.5)


def test_rows_without_a_component_stay_with_the_host_of_the_file(tmp_path: Path) -> None:
    run = a_folder(tmp_path, [*busy("", 0.5), *busy("web", 0.25)])
    assert not run.cases["api"].found
    assert held(run, "web") == 0.25


def test_a_table_keeps_the_clock_of_whoever_wrote_it(tmp_path: Path) -> None:
    rows = [*busy("web", 0.25), *busy("api-host", 0.75)]
    run = a_folder(tmp_path, rows)
    web, api = (np.isfinite(run.cases[n].values("cpu.busy_ratio")) for n in ("web", "api"))
    assert np.array_equal(web, api), "api's own clock is 30 s fast, the table's is not"


def test_a_component_of_which_a_table_alone_speaks_is_a_bystander(tmp_path: Path) -> None:
    run = a_folder(tmp_path, [*busy("web", 0.25), *busy("elsewhere", 0.5)])
    assert held(run, "elsewhere") == 0.5
    assert run.topology["elsewhere"].role == "other"
