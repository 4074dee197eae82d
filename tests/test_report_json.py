"""verdict.json keeps its contract."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from sample_diagnosis import founding, healthy, too_little

import diagnose
from diagnose.metrics import RESOURCES
from diagnose.plugins import REPORTS
from diagnose.reports.verdict_json import document

SCHEMA = json.loads((Path(diagnose.__file__).parent / "verdict.schema.json").read_text("utf-8"))
SAMPLES = [founding, healthy, too_little]


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_verdict_keeps_to_the_schema(sample, tmp_path):
    diagnosis, run = sample()
    REPORTS["json"].write(diagnosis, run, tmp_path / "verdict.json")
    written = json.loads((tmp_path / "verdict.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(written)


def test_the_schema_is_strict_and_explains_every_field():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    objects = [SCHEMA, *(d for d in SCHEMA["$defs"].values() if d.get("type") == "object")]
    for shape in objects:
        assert shape["additionalProperties"] is False
        assert sorted(shape["required"]) == sorted(shape["properties"])
        for name, field in shape["properties"].items():
            assert "description" in {**field, **_referred(field)}, name


def test_the_schema_knows_every_resource():
    assert tuple(SCHEMA["$defs"]["resource"]["enum"]) == RESOURCES


def test_what_was_not_measured_is_null():
    tiers = document(founding()[0])["tiers"]
    assert tiers[0]["component"] == "client" and tiers[0]["own_seconds_before"] is None


def test_times_are_utc_and_the_inflection_counts_from_the_start_of_the_load():
    verdict = document(founding()[0])
    assert verdict["load"]["started"] == "2026-11-23T04:04:53.000Z"
    assert verdict["inflections"][0]["at"] == "2026-11-23T04:05:23.772Z"


def test_the_order_of_findings_does_not_matter():
    one, _ = founding()
    other = replace(one, cleared=one.cleared[::-1], sources=one.sources[::-1])
    assert json.dumps(document(one)) == json.dumps(document(other))


def _referred(field):
    return SCHEMA["$defs"][field["$ref"].rpartition("/")[2]] if "$ref" in field else {}
