"""Names, dates, sampling and the order of files do not change who held the run back."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from golden import CULPRITS, LIMITED, NAMES, Goldens, blamed, failed_reader, first
from regathering import Read, with_reading
from rewriting import DAY_S, a_day_later, rename, rewrite, sampled_half_as_often

from diagnose.analyze import analyze
from diagnose.ingest import Source
from diagnose.model import Diagnosis
from diagnose.readings import Form, Reading, Samples


def what_matters(diagnosis: Diagnosis, names: dict[str, str] | None = None) -> list[object]:
    """Suspects with all their numbers, and where the time went; names put back."""
    back = {new: old for old, new in (names or {}).items()}
    suspects = [
        (back.get(s.component, s.component), s.resource, s.level, s.confidence, s.onset_s)
        for s in diagnosis.suspects
    ]
    rungs = [(round(r.before_s, 6), round(r.after_s, 6)) for r in diagnosis.ladder.rungs]
    turns = [(t.at_s, t.symptom, t.interval_s) for t in diagnosis.inflections]
    cleared = sorted((back.get(c.component, c.component), c.resource) for c in diagnosis.cleared)
    return [diagnosis.verdict, str(suspects), rungs, turns, cleared]


def culprit_stands(diagnosis: Diagnosis, name: str, golden: Goldens) -> None:
    assert first(diagnosis) in CULPRITS[name] or name == "healthy"
    assert blamed(diagnosis) <= golden[name].culprits
    assert diagnosis.verdict == golden[name].diagnosis.verdict


class Reads(dict[str, Read]):
    """The runs, each read when first asked for."""

    def __init__(self, golden: Goldens) -> None:
        super().__init__()
        self._golden = golden

    def __missing__(self, name: str) -> Read:
        return self.setdefault(name, Read.of(self._golden.path(name)))


@pytest.fixture(scope="module")
def read(golden: Goldens) -> Reads:
    return Reads(golden)


# -- names and order --------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_names_of_hosts_folders_and_files_do_not_matter(
    golden: Goldens, tmp_path: Path, name: str
) -> None:
    names = rename(golden.path(name), tmp_path, seed=7)
    diagnosis, _, _ = analyze(tmp_path, out=tmp_path / "out")
    assert what_matters(diagnosis, names) == what_matters(golden[name].diagnosis)


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_files_does_not_matter(golden: Goldens, read: Reads, name: str) -> None:
    def shuffled(sources: list[Source]) -> list[Source]:
        return random.Random(3).sample(sources, len(sources))

    diagnosis = read[name].diagnosed(shuffled)
    assert what_matters(diagnosis) == what_matters(golden[name].diagnosis)
    assert diagnosis.sentence == golden[name].diagnosis.sentence


# -- time ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_the_date_does_not_matter(golden: Goldens, tmp_path: Path, name: str) -> None:
    rewrite(golden.path(name), tmp_path, a_day_later)
    diagnosis, _, _ = analyze(tmp_path, out=tmp_path / "out")
    before = golden[name].diagnosis
    assert diagnosis.started_epoch_s == pytest.approx(before.started_epoch_s + DAY_S, abs=1e-3)
    assert what_matters(diagnosis) == what_matters(before)


@pytest.mark.parametrize("name", NAMES)
def test_half_the_samples_keep_the_culprit(golden: Goldens, tmp_path: Path, name: str) -> None:
    rewrite(golden.path(name), tmp_path, sampled_half_as_often)
    diagnosis, _, _ = analyze(tmp_path, out=tmp_path / "out")
    assert not failed_reader(diagnosis)
    culprit_stands(diagnosis, name, golden)


def sampled_twice_as_often(samples: Samples) -> Samples:
    """A reading between each two: of a counter and a gauge halfway, of a mean the same mean."""
    n = samples.values.size
    at = np.arange(2 * n - 1) / 2
    between = np.interp(at, np.arange(n), samples.values)
    if samples.form is Form.MEAN:
        between = samples.values[np.ceil(at).astype(int)]
    at_s = np.interp(at, np.arange(n), samples.at_s)
    return Samples(samples.metric, at_s, between, samples.part, samples.form)


@pytest.mark.parametrize("name", NAMES)
def test_twice_the_samples_keep_the_culprit(golden: Goldens, read: Reads, name: str) -> None:
    def finer(source: Source) -> Source:
        samples = [
            sampled_twice_as_often(s) if np.isfinite(s.at_s).all() and s.values.size > 1 else s
            for s in source.reading.samples
        ]
        old = source.reading
        reading = Reading(
            samples, old.occurrences, old.requests, old.loads, old.statements, old.limits
        )
        reading.facts, reading.naive, reading.date_known = old.facts, old.naive, old.date_known
        return with_reading(source, reading)

    diagnosis = read[name].diagnosed(lambda sources: [finer(s) for s in sources])
    culprit_stands(diagnosis, name, golden)


# -- what is lacking ----------------------------------------------------------------------------
@pytest.mark.parametrize("name", NAMES)
def test_a_host_without_files_is_unknown_and_nobody_is_accused_for_it(
    golden: Goldens, read: Reads, name: str
) -> None:
    for host in read[name].hosts:
        diagnosis = read[name].diagnosed(lambda ss, host=host: [s for s in ss if s.folder != host])
        assert blamed(diagnosis) <= golden[name].culprits - {host}, host
        assert (host, "*") in {(u.component, u.resource) for u in diagnosis.unknown}
        assert host not in {c.component for c in diagnosis.cleared}
        if name in LIMITED:
            assert diagnosis.verdict != "no_bottleneck", host


@pytest.mark.parametrize("name", NAMES)
def test_a_kind_of_file_that_is_lacking_accuses_nobody_innocent(
    golden: Goldens, read: Reads, name: str
) -> None:
    for kind in read[name].kinds[NAMES.index(name) % 2 :: 2]:  # every kind in four runs
        diagnosis = read[name].diagnosed(lambda ss, kind=kind: [s for s in ss if s.kind != kind])
        assert blamed(diagnosis) <= golden[name].culprits, kind
        assert (diagnosis.verdict == "no_bottleneck") <= (name == "healthy"), kind


@pytest.mark.parametrize("name", LIMITED)
def test_a_file_of_the_culprit_that_is_lacking_accuses_nobody_innocent(
    golden: Goldens, read: Reads, name: str
) -> None:
    for host in sorted(golden[name].culprits):
        for lost in [s.path for s in read[name].sources if s.folder == host and s.role]:
            diagnosis = read[name].diagnosed(
                lambda ss, lost=lost: [s for s in ss if s.path != lost]
            )
            assert blamed(diagnosis) <= golden[name].culprits, lost
            assert diagnosis.verdict != "no_bottleneck", lost
