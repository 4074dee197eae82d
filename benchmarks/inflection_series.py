"""Series of latency whose turn is known, and some that have none; benchmarks/inflection.py
says in its page what they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

TURNS = ("knee", "step", "queueing ramp", "comes and goes")
CALM = ("slow drift", "flat")
NOISES = {"independent": 0.0, "AR(1)": 0.95}
SEED = 8128


@dataclass(frozen=True)
class Made:
    """A series whose turn is known (NaN: it has none)."""

    shape: str
    noise: str
    length: str
    t: np.ndarray
    values: np.ndarray
    turn_s: float
    within_s: float


def series(repeats: int) -> Iterator[Made]:
    """The same series for everybody."""
    random = np.random.default_rng(SEED)
    for length in ("hour", "short"):
        for shape in (*TURNS, *CALM):
            for noise, phi in NOISES.items():
                for _ in range(repeats):
                    yield _made(random, shape, noise, phi, length)


def _made(random: np.random.Generator, shape: str, noise: str, phi: float, length: str) -> Made:
    hour = length == "hour"
    step_s = 10.0 if hour else float(random.choice((1.0, 2.0)))
    load_s = 3600.0 if hour else float(random.uniform(30, 90))
    t = np.arange(step_s / 2, load_s, step_s)
    turn_s = float(random.uniform(0.25, 0.75)) * load_s
    level = _shape(random, shape, t, turn_s, load_s)
    cv = float(np.exp(random.uniform(np.log(0.05), np.log(0.5))))
    values = 0.05 * level * _noise(random, t.size, phi, cv)
    spikes = random.random(t.size) < 0.005
    values = np.where(spikes, values * random.uniform(3, 8, t.size), values)
    within = 120.0 if hour else load_s / 10
    return Made(shape, noise, length, t, values, turn_s if shape in TURNS else np.nan, within)


def _shape(
    random: np.random.Generator, shape: str, t: np.ndarray, turn_s: float, load_s: float
) -> np.ndarray:
    late = np.clip(t - turn_s, 0, None)
    if shape == "knee":
        return 1 + random.uniform(3, 10) * late / load_s
    if shape == "step":
        return np.where(t < turn_s, 1, random.uniform(1.5, 4))
    if shape == "comes and goes":
        stays = random.uniform(0.15, 0.25) * load_s
        return np.where((t >= turn_s) & (t < turn_s + stays), random.uniform(1.8, 4), 1)
    if shape == "queueing ramp":
        return _closed_system(random, t, turn_s)
    if shape == "slow drift":
        return 1 + random.uniform(0.1, 1.0) * t / load_s
    return np.ones(t.size)


def _closed_system(random: np.random.Generator, t: np.ndarray, turn_s: float) -> np.ndarray:
    """Response time while users climb past N*, exact mean value analysis; 1 when idle.

    Demands: 0.5 in the bottleneck, 0.5 spread over ten others; think time so that N* is
    between 10 and 100 users.
    """
    knee_users = float(random.uniform(10, 100))
    think = 0.5 * knee_users - 1.0
    users = np.maximum(1, np.round(t / turn_s * knee_users).astype(int))
    demands = np.concatenate(([0.5], np.full(10, 0.05)))
    queue, response = np.zeros(11), np.zeros(users.max() + 1)
    for n in range(1, users.max() + 1):
        waits = demands * (1 + queue)
        response[n] = waits.sum()
        queue = n / (think + response[n]) * waits
    return response[users]


def _noise(random: np.random.Generator, n: int, phi: float, cv: float) -> np.ndarray:
    """Log-normal with mean 1 and the cv wanted, correlated by phi from one to the next."""
    shocks = random.standard_normal(n)
    z = np.empty(n)
    z[0] = shocks[0]
    for i in range(1, n):
        z[i] = phi * z[i - 1] + np.sqrt(1 - phi * phi) * shocks[i]
    sigma = np.sqrt(np.log1p(cv * cv))
    return np.exp(sigma * z - sigma * sigma / 2)
