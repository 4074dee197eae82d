"""Artillery's report in JSON (--output report.json), of versions 2 and 1; and the HTML of it.

    {"aggregate": {"counters": {"http.requests": 13692, "http.codes.200": 12916, …},
                   "summaries": {"http.response_time": {"mean": 131.8, "p95": 671.9, …}}, …},
     "intermediate": [{"period": "1795405460000", "firstMetricAt": …, "lastMetricAt": …, …}, …]}

A period is ten seconds; the first and the last are cut to what was measured in them. Times are
epoch milliseconds, response times milliseconds to the first byte, percentiles of a sketch. Users
are those created and not yet completed or failed. Version 1 has `codes`, `errors`, `latency` and
the time at which a period ended; its `latencies` are nanoseconds of every answer of the period.

Source: https://www.artillery.io/docs/reference/reported-metrics
"""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from typing import Any

import numpy as np

from diagnose.badlines import BadLines
from diagnose.errors import UnreadableSource
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile, decode
from diagnose.readings import Fact, Reading

from ._artillery import Period, fill
from ._best_commands import BEST

VERSION_2 = re.compile(r'"vusers\.\w+|"http\.(?:requests|codes|response_time)')
VERSION_1 = ('"scenariosCreated"', '"requestsCompleted"')
HTML = re.compile(r"<title>\s*Artillery report\s*</title>", re.I)
DATA = re.compile(r"(?:var|let|const) \w+ = (\{\s*[\"']?aggregate)")
PERIOD_S = 10.0


def recognizes(head: Head) -> float:
    """By its names, in JSON or in the HTML."""
    text = head.text.lstrip()
    if HTML.search(text[:3000]):
        return 0.97
    if not text.startswith("{") or '"aggregate"' not in text[:200]:
        return 0.0
    old = all(name in text for name in VERSION_1)
    return 0.97 if old or VERSION_2.search(text) or '"counters"' in text else 0.0


@collector(
    kind="artillery_report",
    title="Artillery report (JSON or HTML)",
    recognizes=recognizes,
    role="load_generator",
    tool="Artillery",
    best=BEST["artillery"],
    gives=("series", "percentiles", "errors", "users", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load: a row a period, the totals of all."""
    reading = Reading(facts=[Fact("load.tool", "artillery")])
    document = _document(raw)
    aggregate, found = document.get("aggregate"), document.get("intermediate")
    periods = []
    for each in found if isinstance(found, list) else ():
        period = _period(each)
        if period is None:
            bad.note(1, str(each)[:160])
        elif period.requests or period.of("vusers.created"):
            periods.append(period)
    whole = _period(aggregate)
    if whole is None and not periods:
        reading.notes.append("it holds no requests: the test was cut before its first period")
        return reading
    if whole is not None and math.isnan(whole.began_s) and periods:  # version 1 says its end alone
        whole.began_s = min(period.began_s for period in periods)
    fill(reading, periods, whole, relative=False)
    return reading


def _document(raw: RawFile) -> dict[str, Any]:
    text = decode(raw.whole())
    start = text.find("{")
    if text.lstrip().startswith("<"):
        match = DATA.search(text)
        if match is None:
            raise UnreadableSource(
                raw.path, "it holds no data of Artillery", hint="bring report.json (--output)"
            )
        start = match.start(1)
    try:
        document, _ = json.JSONDecoder().raw_decode(text, start)
    except ValueError as error:
        raise UnreadableSource(
            raw.path,
            f"the JSON of this Artillery report is torn ({str(error).partition(':')[0]})",
            hint="Artillery writes it when the test ends; what it printed has the periods as well",
        ) from None
    return document if isinstance(document, dict) else {}


def _period(each: Any) -> Period | None:
    """A period, or the whole; None for what is neither."""
    if not isinstance(each, dict):
        return None
    if isinstance(each.get("codes"), dict):
        return _old(each)
    if not isinstance(each.get("counters"), dict):
        return None
    summaries = each.get("summaries")
    return Period(
        _number(each.get("firstMetricAt")) / 1000,
        _number(each.get("lastMetricAt")) / 1000,
        1,
        _numbers(each["counters"]),
        {n: _numbers(v) for n, v in summaries.items() if isinstance(v, dict)}
        if isinstance(summaries, dict)
        else {},
    )


def _old(each: dict[str, Any]) -> Period:
    """Version 1, under the names of version 2."""
    counters = {f"http.codes.{code}": n for code, n in _numbers(each["codes"]).items()}
    errors = each.get("errors")
    if isinstance(errors, dict):
        counters |= {f"errors.{name}": n for name, n in _numbers(errors).items()}
    created, completed = each.get("scenariosCreated"), each.get("scenariosCompleted")
    counters["vusers.created"], counters["vusers.completed"] = _number(created), _number(completed)
    counters["vusers.skipped"] = _number(each.get("scenariosAvoided") or 0)
    times = _numbers(each["latency"]) if isinstance(each.get("latency"), dict) else {}
    ended_s = _stamp(each.get("timestamp"))
    period = Period(math.nan, ended_s, 1, counters, {"http.response_time": times})
    period.users = _number(each.get("concurrency"))
    latencies = _latencies(each.get("latencies"))
    if latencies.size:
        ranks = np.quantile(latencies, (0.5, 0.95, 0.99), method="inverted_cdf")
        times |= dict(zip(("median", "p95", "p99"), ranks.tolist(), strict=True))
        times["mean"] = float(latencies.mean())
    rps = each.get("rps")
    rate = _number(rps.get("mean")) if isinstance(rps, dict) else math.nan
    length_s = _number(rps.get("count")) / rate if isinstance(rps, dict) and rate > 0 else PERIOD_S
    if "latencies" in each:
        period.began_s = ended_s - min(length_s, PERIOD_S)
    return period


def _latencies(rows: Any) -> Any:
    """Milliseconds; older versions wrote [time, id, nanoseconds, status] a request."""
    found = []
    for row in rows if isinstance(rows, list) else ():
        value = _number(row[2] if isinstance(row, list) and len(row) > 2 else row)
        if math.isfinite(value):
            found.append(value / 1e6)
    return np.array(found, float)


def _stamp(text: Any) -> float:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return math.nan


def _number(value: Any) -> float:
    """Numbers are texts here and there."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _numbers(values: dict[str, Any]) -> dict[str, float]:
    made = {str(name): _number(value) for name, value in values.items()}
    return {name: value for name, value in made.items() if math.isfinite(value)}
