"""k6's summary in JSON, in each of its three shapes.

    --summary-export=f.json     {"root_group": …, "metrics": {"http_reqs": {"count": 18135, …}}}
    handleSummary(data)         {"metrics": {"http_reqs": {"values": {"count": …}}}, "state": …}
    --new-machine-readable-summary  {"config": …, "results": {"metrics": [{"name": …}, …]}}

Trends are milliseconds; only the percentiles asked for in summaryTrendStats are there. Of
http_req_failed "passes" (or "matches") is the number of failed requests. Thresholds are left
aside: in --summary-export true means crossed, in handleSummary "ok" is the other way round.

Source: https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from diagnose.badlines import BadLines
from diagnose.errors import UnreadableSource
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile, decode
from diagnose.readings import Fact, Reading

from ._json_documents import number_of
from ._k6_totals import Summary

METRIC = re.compile(r'"http_req_duration|"iteration_duration"|"http_reqs"|"vus_max"')
SHAPES = ('"root_group"', '"metrics"', '"results"')


def recognizes(head: Head) -> float:
    """By names of k6's metrics in a JSON object."""
    text = head.text.lstrip()
    if not text.startswith("{") or '"type":"Point"' in text or '"event"' in text[:40]:
        return 0.0
    named = len(set(METRIC.findall(text)))
    return 0.95 if named and any(shape in text for shape in SHAPES) else 0.0


@collector(
    kind="k6_summary",
    title="k6 summary (JSON)",
    recognizes=recognizes,
    role="load_generator",
    tool="k6",
    gives=("percentiles",),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One LoadTotals."""
    reading = Reading(facts=[Fact("load.tool", "k6")])
    try:
        document = orjson.loads(decode(raw.whole()))
    except orjson.JSONDecodeError as error:
        raise UnreadableSource(
            raw.path,
            f"the JSON of this k6 summary is torn ({error.msg})",
            line=error.lineno,
            hint="copy the file again, or use the samples (--out csv=)",
        ) from None
    if not isinstance(document, dict):
        raise UnreadableSource(raw.path, "no k6 summary: the document is no object")
    metadata = document.get("metadata")
    if isinstance(metadata, dict) and metadata.get("k6_version"):
        reading.facts.append(Fact("load.version", str(metadata["k6_version"])))
    _summary(document).fill(reading)
    return reading


def _summary(document: dict[str, Any]) -> Summary:
    summary = Summary(line=1)
    results = document.get("results")
    if isinstance(results, dict):
        metrics = {
            str(each.get("name")): each for each in results.get("metrics", []) if _is_object(each)
        }
    else:
        found = document.get("metrics")
        metrics = found if isinstance(found, dict) else {}
    for name, each in metrics.items():
        if _is_object(each):
            values = each.get("values") if _is_object(each.get("values")) else each
            summary.metrics[name] = _numbers(values)
    config, state = document.get("config"), document.get("state")
    seconds, millis = number_of(config, "duration"), number_of(state, "testRunDurationMs")
    if seconds is not None:
        summary.duration_s = seconds
    elif millis is not None:
        summary.duration_s = millis / 1000
    if isinstance(config, dict) and "-arrival-rate" in str(config.get("script", "")):
        summary.open_model = True
    return summary


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _numbers(values: dict[str, Any]) -> dict[str, float]:
    found = {name: number_of(values, name) for name in values}
    return {name: value for name, value in found.items() if value is not None}
