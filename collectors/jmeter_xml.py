"""JMeter's results in XML (.jtl, .xml): one element a sample.

    <testResults version="1.2">
    <httpSample t="54" lt="53" ts="1795406360793" s="true" lb="page" rc="200" … na="2">
      <assertionResult>…</assertionResult>
    </httpSample>

ts is epoch milliseconds, the start of the sample (its end where a property is missing), t
milliseconds to the last byte, na the threads of one engine. A `sample` that is a transaction
and holds others is read as those; one that holds none repeats samples that stand by
themselves. A request that holds others (redirects, embedded resources) is one request.
A killed run has no end tag; its last 8 KiB are lost. Taurus's error.jtl has failures only.

Source: https://jmeter.apache.org/usermanual/listeners.html#xmlformat2.1 and the converters
in org.apache.jmeter.save.converters.
"""

from __future__ import annotations

import math
import re

import numpy as np

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading

from ._codes import Codes
from ._generator_distress import distress
from ._grown import Grown
from ._jmeter_elements import Element, elements
from ._jmeter_outcome import Outcome, outcome_of
from ._jmeter_samples import Samples, load_from
from ._log_times import epoch_s

ROOT = re.compile(r"<testResults[\s>]")
BODY = re.compile(r"<(?:responseData|requestHeader|samplerData)\b")
GATHERED = 4096  # samples


def recognizes(head: Head) -> float:
    """By the root element."""
    return 0.97 if ROOT.search(head.text[:2000]) else 0.0


@collector(
    kind="jmeter_xml",
    title="JMeter results (XML)",
    recognizes=recognizes,
    role="load_generator",
    tool="JMeter",
    gives=("series", "percentiles", "errors", "users", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load: the curve of all samples and of each label."""
    reading = Reading(facts=[Fact("load.tool", "jmeter")])
    rows = _Rows()
    for element in elements(raw, bad):
        for each in requests_of(element):
            if not rows.take(each):
                bad.note(each.line, f"a sample without a time: {each.cells.get('label', '')}")
    if not rows.count:
        reading.notes.append("it holds no samples")
        return reading
    samples = rows.samples()
    only_failures = not any(outcome.success for outcome in rows.outcomes.names)
    tool = "jmeter"
    if only_failures and BODY.search(raw.head().text):
        tool = "jmeter failures"  # beside the results of the same run they would count twice
        reading.notes.append(
            "every sample in it failed and is kept with its body: a file of failures only "
            "(error.jtl of Taurus); counts and rates are those of failures"
        )
    load = load_from(samples, tool, reading.notes)
    reading.loads.append(load)
    reading.occurrences.extend(distress(load))
    if raw.torn:
        reading.notes.append(
            "it has no end tag: the run was cut, and the last 8 KiB of results are lost"
        )
    return reading


def requests_of(element: Element) -> list[Element]:
    """The requests that a sample stands for: of a transaction with parts, the parts."""
    if not element.parts or not outcome_of(element.cells).transaction:
        return [element]
    return [each for part in element.parts for each in requests_of(part)]


class _Rows:
    """Columns, filled by some thousand samples at a time."""

    def __init__(self) -> None:
        self.labels, self.threads = Codes[str](), Codes[str]()
        self.outcomes = Codes[Outcome]()
        self.columns = [Grown(kind) for kind in (float, float, float, np.int64, *[np.int32] * 3)]
        self.waiting: list[tuple[float, ...]] = []
        self.count = 0
        self.document = 0
        self.headers: list[int] = []

    def take(self, element: Element) -> bool:
        """Whether it has a time and a duration."""
        cells = element.cells
        stamp = epoch_s(_number(cells.get("stamp", "")))
        elapsed = _number(cells.get("elapsed", ""))
        if math.isnan(stamp) or math.isnan(elapsed):
            return False
        if element.document != self.document:
            self.document = element.document
            self.headers.append(self.count)
        self.waiting.append(
            (
                stamp,
                elapsed / 1000,
                _number(cells.get("users", "")),
                element.line,
                self.labels.of(cells.get("label", "")),
                self.threads.of(cells.get("thread", "")),
                self.outcomes.of(outcome_of(cells)),
            )
        )
        self.count += 1
        if len(self.waiting) >= GATHERED:
            self._store()
        return True

    def _store(self) -> None:
        for column, values in zip(self.columns, zip(*self.waiting, strict=True), strict=False):
            column.add(np.array(values, column.whole().dtype))
        self.waiting.clear()

    def samples(self) -> Samples:
        """All of them."""
        self._store()
        stamp, elapsed, users, line, label, thread, outcome = (c.whole() for c in self.columns)
        return Samples(
            stamp,
            elapsed,
            line,
            users if np.isfinite(users).any() else None,
            label,
            thread,
            outcome,
            self.labels.names,
            self.threads.names,
            self.outcomes.names,
            self.headers,
        )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
