"""verdict.json: the diagnosis for programs, after diagnose/verdict.schema.json.

What was not measured is null, never zero. Whole numbers are written whole, others to six
significant digits; the order is fixed, so that two verdicts can be compared line by line.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from diagnose.case import Run
from diagnose.collection import SOURCE, Collection
from diagnose.model import Diagnosis, Evidence, Inflection, LoadSummary, Suspect
from diagnose.plugins import report
from diagnose.staircase import Staircase

SCHEMA_VERSION = 1
SIGNIFICANT = 6
LARGEST_EXACT = 2**53

Json: TypeAlias = dict[str, Any]


@report(name="json", suffix=".json")
def verdict_json(diagnosis: Diagnosis, run: Run, path: Path) -> None:
    """Write the verdict; `run` adds nothing to it."""
    path.write_text(dumps(diagnosis) + "\n", encoding="utf-8")


def dumps(diagnosis: Diagnosis) -> str:
    """The text of verdict.json."""
    return json.dumps(document(diagnosis), indent=1, ensure_ascii=False, allow_nan=False)


def document(d: Diagnosis) -> Json:
    """The diagnosis as plain lists and dictionaries, keys in the order of the schema."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool_version": d.tool_version,
        "run": d.run,
        "verdict": d.verdict,
        "sentence": d.sentence,
        "fitness": [{"check": f.check, "ok": f.ok, "says": f.says} for f in d.fitness],
        "load": _load(d.load) if d.load else None,
        "levels": _levels(d.steps) if d.steps else None,
        "inflections": [_inflection(i, d.started_epoch_s) for i in d.inflections],
        "suspects": [_suspect(s) for s in sorted(d.suspects, key=lambda s: s.rank)],
        "cleared": _rows(d.cleared, "component resource says source", by="component resource says"),
        "unknown": [
            {**row, "missing": list(row["missing"])}
            for row in _rows(
                d.unknown,
                "component resource missing how_to_collect",
                by="component resource missing",
            )
        ],
        "tiers": _rows(
            d.ladder.tiers,
            "component requests failures_born failures_passed_through "
            "own_seconds_before own_seconds_after source",
        ),
        "capacity": _rows(
            d.capacity,
            "component resource part demand_s full_at_per_s says source",
            by="full_at_per_s component resource part",
        ),
        "sources": _rows(d.sources, "path kind lines unreadable", by="path component"),
        "unrecognized": sorted(d.unrecognized),
        "collection": _collection(d.collection) if d.collection else None,
    }


def number(value: float) -> float | int | None:
    """What JSON can say of a number.

    >>> number(4842.0), number(130.28571), number(17386123.0), number(math.nan)
    (4842, 130.286, 17386123, None)
    """
    if not math.isfinite(value):
        return None
    if float(value).is_integer() and abs(value) < LARGEST_EXACT:
        return int(value)
    return float(f"{value:.{SIGNIFICANT}g}")


def moment(epoch_s: float) -> str | None:
    """A time as ISO 8601 in UTC, to the millisecond.

    >>> moment(1795406693.3721), moment(math.nan)
    ('2026-11-23T04:04:53.372Z', None)
    """
    if not math.isfinite(epoch_s):
        return None
    at = datetime.fromtimestamp(round(epoch_s, 3), UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _collection(told: Collection) -> Json:
    return {
        "began": moment(told.began_s),
        "ended": moment(told.ended_s),
        "files": told.files,
        "bytes": told.bytes,
        "redacted": told.redacted,
        "reference": told.reference,
        "hosts": _rows(
            told.hosts,
            "component host clock_offset_s clock_error_s clock_drift_ppm samples interval_s "
            "recorder_ratio error",
        ),
        "failures": _rows(told.failures, "component file command why how"),
        "gaps": [
            {
                "component": gap.component,
                "began": moment(gap.began_s),
                "ended": moment(gap.ended_s),
                "says": gap.says,
            }
            for gap in told.gaps
        ],
        "source": SOURCE,
    }


def _load(load: LoadSummary) -> Json:
    return {
        "tool": load.tool,
        "requests": number(load.requests),
        "failures": number(load.failures),
        "users_max": number(load.users_max),
        "throughput_max_per_s": number(load.throughput_max_per_s),
        "p50_ms": number(1000 * load.p50_s),
        "p95_ms": number(1000 * load.p95_s),
        "p99_ms": number(1000 * load.p99_s),
        "started": _utc(load.started),
        "ended": _utc(load.ended),
        "source": load.source,
    }


def _levels(steps: Staircase) -> Json:
    knee = steps.knee
    return {
        "raised": steps.axis.value,
        "steps": [
            {
                "users": number(level.users),
                "offered_per_s": number(level.offered_per_s) if level.told else None,
                "throughput_per_s": number(level.throughput_per_s),
                "requests": number(level.requests),
                "failures": number(level.failures),
                "mean_ms": number(1000 * level.mean_s),
                "p50_ms": number(1000 * level.p50_s),
                "p95_ms": number(1000 * level.p95_s),
                "p99_ms": number(1000 * level.p99_s),
                "duration_s": number(level.duration_s),
                "began": moment(level.began_s),
                "source": level.source,
            }
            for level in steps.levels
        ],
        "knee": {
            "step": knee.level,
            "flat_from": knee.flat,
            "plateau_per_s": number(knee.plateau_per_s),
            "reached_at": number(knee.reached),
            "before_ms": number(1000 * knee.before_s),
            "after_ms": number(1000 * knee.after_s),
            "failed_before": number(knee.failed_before),
            "failed_after": number(knee.failed_after),
        }
        if knee
        else None,
    }


def _inflection(turn: Inflection, started_epoch_s: float) -> Json:
    return {
        "at": moment(started_epoch_s + turn.at_s),
        "at_s": number(turn.at_s),
        "interval_s": [number(s) for s in turn.interval_s],
        "users": number(turn.users),
        "throughput_per_s": number(turn.throughput_per_s),
        "symptom": turn.symptom.value,
        "before": number(turn.before),
        "after": number(turn.after),
        "unit": turn.unit,
    }


def _suspect(s: Suspect) -> Json:
    return {
        "rank": s.rank,
        "component": s.component,
        "resource": s.resource,
        "rule": s.rule,
        "level": s.level,
        "confidence": number(s.confidence),
        "explains": {
            "seconds": number(s.explains.seconds),
            "seconds_share": number(s.explains.seconds_share),
            "failures_share": number(s.explains.failures_share),
        },
        "onset_s": number(s.onset_s),
        "for": [_evidence(e) for e in s.for_],
        "against": [_evidence(e) for e in s.against],
        "missing": list(s.missing),
        "next_experiment": {
            "do": s.experiment.do,
            "if_this_is_it": s.experiment.if_this_is_it,
            "if_not": s.experiment.if_not,
        },
        "fix": s.fix,
    }


def _evidence(e: Evidence) -> Json:
    return {"says": e.says, "source": e.source, "value": number(e.value), "unit": e.unit}


def _rows(things: Iterable[Any], fields: str, *, by: str = "") -> list[Json]:
    """One object a thing with these attributes; in the given order, or sorted `by` some."""
    ordered = sorted(things, key=lambda t: [getattr(t, f) for f in by.split()]) if by else things
    return [{f: _plain(getattr(thing, f)) for f in fields.split()} for thing in ordered]


def _plain(value: Any) -> Any:
    return number(value) if isinstance(value, float) else value


def _utc(text: str) -> str | None:
    """A time as it was given, in UTC; None where it is none.

    >>> _utc("2026-03-01T11:00:00+01:00"), _utc("")
    ('2026-03-01T10:00:00.000Z', None)
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
