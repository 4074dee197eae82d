"""A table of metrics alone: the symptom is named, components are ranked, nobody is convicted."""

import math
from pathlib import Path

import numpy as np
import pytest

from diagnose.analyze import analyze
from diagnose.errors import UsageError

TURN = 600


def a_table(path: Path, columns: dict[str, tuple[float, float, float]], falls: str = "") -> Path:
    """Columns of level, noise and shift at the middle; 20 minutes at 5 s."""
    random = np.random.default_rng(7)
    at = np.arange(0, 1200, 5)
    lines = ["time," + ",".join(columns)]
    for t in at:
        cells = [
            level + noise * random.normal() + (shift if t >= TURN else 0.0)
            for level, noise, shift in columns.values()
        ]
        lines.append(f"{1_790_000_000 + t}," + ",".join(f"{c:.6g}" for c in cells))
    path.mkdir()
    (path / "metrics.csv").write_text("\n".join(lines) + "\n")
    return path


COLUMNS = {
    "front.latency_p90": (0.1, 0.01, 0.3),
    "front.cpu": (40.0, 2.0, 0.0),
    "carts.cpu": (30.0, 2.0, 0.0),
    "orders.queue_depth": (3.0, 0.5, 60.0),
    "stock.memory": (5e8, 1e6, 0.0),
}


def test_the_component_that_moved_is_ranked_first_and_only_possible(tmp_path):
    run = a_table(tmp_path / "run", COLUMNS)
    diagnosis, *_ = analyze(run, symptom_series="front.latency_p90")
    assert diagnosis.verdict == "insufficient_evidence"
    assert diagnosis.suspects[0].component == "orders"
    assert {s.level for s in diagnosis.suspects} == {"possible"}
    assert diagnosis.inflections[0].at_s == pytest.approx(TURN, abs=30)


def test_units_and_directions_do_not_matter(tmp_path):
    scaled = dict(COLUMNS)
    level, noise, shift = scaled["orders.queue_depth"]
    scaled["orders.queue_depth"] = (1e6 * (100 + level), 1e6 * noise, -1e6 * shift)
    diagnosis, *_ = analyze(a_table(tmp_path / "run", scaled), symptom_series="front.latency_p90")
    assert diagnosis.suspects[0].component == "orders"


def test_a_column_named_symptom_needs_no_option(tmp_path):
    named = {"front.symptom": (0.1, 0.01, 0.3)} | dict(list(COLUMNS.items())[1:])
    diagnosis, *_ = analyze(a_table(tmp_path / "run", named))
    assert diagnosis.inflections[0].label == "front.symptom"
    assert diagnosis.suspects[0].component == "orders"


def test_a_calm_table_accuses_nobody(tmp_path):
    calm = {name: (level, noise, 0.0) for name, (level, noise, _) in COLUMNS.items()}
    diagnosis, *_ = analyze(a_table(tmp_path / "run", calm), symptom_series="front.latency_p90")
    assert not diagnosis.suspects and not diagnosis.inflections


def test_a_series_that_is_not_there_is_refused_with_its_neighbours(tmp_path):
    run = a_table(tmp_path / "run", COLUMNS)
    with pytest.raises(UsageError, match="no series") as refused:
        analyze(run, symptom_series="front.latency_p95")
    assert "front.latency_p90" in refused.value.hint


def test_the_onset_is_on_the_grid(tmp_path):
    run = a_table(tmp_path / "run", COLUMNS)
    diagnosis, *_ = analyze(run, symptom_series="front.latency_p90")
    onset = diagnosis.suspects[0].onset_s
    assert not math.isnan(onset) and onset == pytest.approx(TURN, abs=15)
