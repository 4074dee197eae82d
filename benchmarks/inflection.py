"""How well a turn of latency is found, by diagnose and by others, on made series.

    pip install -e . ruptures kneed pwlf
    OMP_NUM_THREADS=1 python benchmarks/inflection.py > docs/inflection-accuracy.md

Prints the page. A peer that is not installed is named and left out. What is measured, and how,
stands in PAGE below. The seed is not one that thresholds were chosen by.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from inflection_series import CALM, NOISES, SEED, TURNS, Made, series

from diagnose.breaks import turning_point

PAGE = """# How well a turn is found

Made by `OMP_NUM_THREADS=1 python benchmarks/inflection.py > docs/inflection-accuracy.md`
(`pip install -e . ruptures kneed pwlf` before; {peers}).

Every detector sees the same {n} series, {repeats} of each kind, seed {seed}.

- **Lengths**: an hour in 10 s medians; load tests of 30 to 90 s in bins of 1 or 2 s.
- **Turns**: a knee (level, then rising to 3 to 10 times within the length), a step (to 1.5 to 4
  times), a queueing ramp (users climb through a closed system, exact mean value analysis; it turns
  where the asymptotes meet, N* = (D + Z) / D, Denning & Buzen), a change that comes and goes
  (for 15 to 25 % of the length).
- **No turns**: a slow drift (by 10 to 100 % over the length) and a level.
- **Noise** multiplies: log-normal, cv 0.05 to 0.5, independent or AR(1) with 0.95 from reading to
  reading. One reading in two hundred is a spike of 3 to 8 times.
- **Hit**: the first report lies within 120 s (hour) or a tenth of the length (short).
  **FPR**: a report where nothing turns. Each cell: independent / AR(1).
- Peers see values in deviations of their noise (median absolute step), where scale matters;
  penalties as named. The two that always report have hits at the price of false positives.

{tables}

Time of one series, both lengths mixed:

{times}

In wandering noise (AR(1) of 0.95) the level doubles and halves by itself: no detector here places
a knee in it to 120 s more often than not, and those that always report one report it in flat
series as well.
"""


# -- detectors ----------------------------------------------------------------------------------
Detector = Callable[[np.ndarray, np.ndarray], float]


def ours(t: np.ndarray, values: np.ndarray) -> float:
    turn = turning_point(t, values)
    return turn[0] if turn else float("nan")


def _standard(values: np.ndarray) -> np.ndarray:
    """In deviations of the noise from one reading to the next."""
    steps = np.diff(values)
    return values / (1.4826 * np.median(np.abs(steps - np.median(steps))) / np.sqrt(2))


def _pelt() -> Detector:
    import ruptures

    def detect(t: np.ndarray, values: np.ndarray) -> float:
        found = ruptures.Pelt(model="l2", min_size=2, jump=1).fit(_standard(values))
        ends = found.predict(pen=3 * np.log(t.size))
        return float(t[ends[0]]) if len(ends) > 1 else np.nan

    return detect


def _kernel() -> Detector:
    import ruptures

    def detect(t: np.ndarray, values: np.ndarray) -> float:
        found = ruptures.KernelCPD(kernel="rbf", min_size=2).fit(_standard(values))
        ends = found.predict(pen=3 * np.log(t.size))
        return float(t[ends[0]]) if len(ends) > 1 else np.nan

    return detect


def _kneed() -> Detector:
    import warnings

    from kneed import KneeLocator

    def detect(t: np.ndarray, values: np.ndarray) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = KneeLocator(
                t, values, curve="convex", direction="increasing", interp_method="polynomial"
            )
        return float(found.knee) if found.knee is not None else np.nan

    return detect


def _pwlf() -> Detector:
    import pwlf

    def detect(t: np.ndarray, values: np.ndarray) -> float:
        np.random.seed(SEED % 2**32)  # it draws from the global state
        return float(pwlf.PiecewiseLinFit(t, values).fitfast(2)[1])

    return detect


PEERS = {
    "PELT l2, 3·log n (ruptures)": _pelt,
    "kernel change point, rbf, 3·log n (ruptures)": _kernel,
    "kneed, polynomial": _kneed,
    "two-segment least squares (pwlf)": _pwlf,
}


def detectors() -> dict[str, Detector]:
    found: dict[str, Detector] = {}
    for name, make in PEERS.items():
        try:
            found[name] = make()
        except ImportError as missing:
            print(f"left out: {name} ({missing})", file=sys.stderr)
    found["**diagnose**"] = ours
    return found


# -- scores -------------------------------------------------------------------------------------
@dataclass
class Score:
    hits: int = 0
    reports: int = 0
    n: int = 0


def judge(made: list[Made], detect: Detector) -> tuple[dict[tuple[str, str, str], Score], float]:
    scores: dict[tuple[str, str, str], Score] = {}
    began = time.perf_counter()
    for one in made:
        at_s = detect(one.t, one.values)
        score = scores.setdefault((one.length, one.shape, one.noise), Score())
        score.n += 1
        score.reports += int(np.isfinite(at_s))
        score.hits += int(abs(at_s - one.turn_s) <= one.within_s)
    return scores, (time.perf_counter() - began) / len(made)


def _share(value: float) -> str:
    return f"{value:.2f}".lstrip("0") if 0 < value < 1 else f"{value:.0f}"


def table(length: str, scored: dict[str, dict[tuple[str, str, str], Score]]) -> Iterator[str]:
    heads = [*(f"{s} hit" for s in TURNS), *(f"{s} FPR" for s in CALM)]
    yield f"| detector | {' | '.join(heads)} |"
    yield "|---" * (len(heads) + 1) + "|"
    for name, scores in scored.items():
        cells = []
        for shape in (*TURNS, *CALM):
            got = [scores[length, shape, noise] for noise in NOISES]
            cells.append(
                " / ".join(_share((s.hits if shape in TURNS else s.reports) / s.n) for s in got)
            )
        yield f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeats", type=int, default=50, help="series per shape, noise, length")
    options.add_argument("--only-ours", action="store_true", help="leave the peers out")
    asked = options.parse_args()
    made = list(series(asked.repeats))
    chosen = {"**diagnose**": ours} if asked.only_ours else detectors()
    judged = {name: judge(made, detect) for name, detect in chosen.items()}
    scored = {name: scores for name, (scores, _) in judged.items()}
    tables = []
    for length, title in (("hour", "An hour"), ("short", "Load tests of 30 to 90 s")):
        tables.append("\n".join((f"## {title}", "", *table(length, scored))))
    times = [f"- {name}: {1000 * each_s:.1f} ms" for name, (_, each_s) in judged.items()]
    page = PAGE.format(
        peers=versions(),
        n=len(made),
        repeats=asked.repeats,
        seed=SEED,
        tables="\n\n".join(tables),
        times="\n".join(times),
    )
    print(page, end="")


def versions() -> str:
    """Versions of what was compared."""
    found = []
    for name in ("numpy", "ruptures", "kneed", "pwlf"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} left out")
    return ", ".join(found)


if __name__ == "__main__":
    main()
