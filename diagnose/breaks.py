"""Where a series turns upwards, if it does."""
from __future__ import annotations
import math
import numpy as np
from diagnose.readings import Array
from diagnose.shapes import Fit, Series, fits, fitted

LEAST_RISE = 1.15
FEWEST = 8
POWER = 0.5
CRIT = {"step": (12.0, 5.0), "hinge": (11.0, 7.0), "stay": (15.0, 6.0), "held": (15.0, 12.0)}
BIC = {"step": 3, "hinge": 4, "stay": 5, "held": 6}

def turning_point(t: Array, values: Array):
    if t.size < FEWEST: return None
    calm = without_spikes(values)
    level = running_median(calm, max(2, t.size // 24))
    series = Series((t - t[0]) / (t[-1] - t[0]), calm, level**-POWER)
    found = fits(series)
    null = found.pop("line").cost
    better = [f for f in found.values() if null - f.cost > CRIT[f.shape][0] + CRIT[f.shape][1]*f.rho]
    if not better: return None
    best = min(better, key=lambda f: f.cost + f.parameters * math.log(t.size))
    at = series.places[best.at]*(t[-1]-t[0])+t[0]
    curve = fitted(series, best)
    if curve[t>=at].max() < LEAST_RISE*curve[t<at].min(): return None
    return float(at), (float(at), float(at))

def running_median(values, half):
    wide = np.concatenate((np.full(half, np.nan), values, np.full(half, np.nan)))
    return np.nanmedian(np.lib.stride_tricks.sliding_window_view(wide, 2*half+1), axis=1)

def without_spikes(values, half=3):
    middle = running_median(values, half)
    mad = 1.4826*running_median(np.abs(values-middle), half)
    wide = np.concatenate((np.full(half, np.nan), values, np.full(half, np.nan)))
    w=np.lib.stride_tricks.sliding_window_view(wide, 2*half+1)
    mad=1.4826*np.nanmedian(np.abs(w-middle[:,None]),axis=1)
    out=np.where(np.abs(values-middle)>np.maximum(4*mad,.05*np.abs(middle)),middle,values)
    out[-half:]=values[-half:]
    return out
