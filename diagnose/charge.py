"""One finding held against the ladder: what it explains, and which links of the chain it has.

The chain: the symptom placed at the component · a mechanism seen there · no later than the
symptom · growing with load. Seconds and failures are never more than its place gained or lost.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from diagnose.case import Case, Run, mean
from diagnose.model import NAN, Evidence, Explains, Finding, Symptom
from diagnose.plugins import Rule
from diagnose.readings import LoadError
from diagnose.units import show

# Choices, not measurements; see docs/decisions/0003-what-makes-a-suspect.md.
PLACED = 0.25  # share of the symptom that a likely suspect's place must hold
NOTICED = 0.05  # below it a finding is a note, not a suspect
LATE_S = 5.0  # how much later than the symptom a cause may be seen, for sampling and smoothing
MOST_MISSED = 2  # links whose absence counts in the ranking; the share counts more
FAILURES_MATTER = 0.01  # share of requests
CONSTANT = (0.1, 0.9)  # of the time below this share of the most users is no ramp
LATENCY_MATTERS = 0.1  # rise, of what it was before

# A packet that is dropped in silence is felt as a time-out; a connection that is refused,
# reset or closed was so by a process or a kernel that had received it.
SILENT_LOSS = ("nic_receive", "egress_queue", "packet_loss", "bandwidth", "conntrack", "syn_queue")
FELT_AS = ("timeout", "other", "")
GATEWAY_TIMED_OUT = re.compile(r"\b504\b")  # a gateway's word for the same


@dataclass(frozen=True, slots=True)
class Charge:
    """A finding with its rule and what it explains."""

    rule: Rule
    case: Case
    finding: Finding
    explains: Explains
    missing: tuple[str, ...]  # links of the chain that are not there
    against: tuple[Evidence, ...]

    @property
    def component(self) -> str:
        return self.case.component.name

    @property
    def resource(self) -> str:
        return self.finding.resource

    @property
    def is_placed(self) -> bool:
        """Whether the ladder could tell what its place holds."""
        return not (
            math.isnan(self.explains.seconds_share) and math.isnan(self.explains.failures_share)
        )

    @property
    def share(self) -> float:
        """The larger of both shares; 0 where the ladder could not be climbed."""
        shares = (self.explains.seconds_share, self.explains.failures_share)
        return max((s for s in shares if not math.isnan(s)), default=0.0)

    @property
    def likely(self) -> bool:
        """Whether the whole chain is there."""
        return self.finding.mechanism and not self.missing and self.share >= PLACED

    @property
    def score(self) -> float:
        """What suspects are ranked by: the share, less for each link that is missing."""
        mechanism = 1.0 if self.finding.mechanism else 0.4
        chain = 0.8 ** min(len(self.missing), MOST_MISSED)
        return max(self.share, 0.02) * mechanism * chain * (0.7 + 0.3 * self.finding.strength)


def less_sure(confidence: float, against: int) -> float:
    """A tenth less for each observation against a suspect (a choice).

    >>> less_sure(0.8, 1), less_sure(0.1, 3)
    (0.7, 0.05)
    """
    return max(0.05, round(confidence - 0.1 * against, 2))


def charge(run: Run, case: Case, rule: Rule, finding: Finding) -> Charge:
    """Hold a finding against the run."""
    explains = _explains(run, finding)
    made = Charge(rule, case, finding, explains, (), ())
    missing, against = list(finding.missing), list(finding.against)
    if not made.is_placed:
        missing.append("request times of the tiers around it, to place the symptom")
    if math.isnan(finding.onset_s):
        missing.append("when it began")
    elif (late_s := _late_s(run, made)) > 0:
        missing.append("a beginning before the symptom")
        against.append(Evidence(f"it began {show(late_s, 's')} after the symptom", ""))
    if _is_constant(run):
        pass  # no load to grow with: when it began must do
    elif finding.grows_with_load is False:
        missing.append("growth with the load")
        against.append(Evidence("it does not grow with the load", ""))
    elif finding.grows_with_load is None:
        missing.append("its course against the load")
    return Charge(rule, case, finding, explains, tuple(missing), tuple(against))


def _is_constant(run: Run) -> bool:
    """Whether the number of users stood still but for a short ramp up."""
    users = run.users[run.windows.load] if run.users.shape == run.grid_s.shape else run.users
    users = users[np.isfinite(users)]
    return bool(users.size) and float(np.quantile(users, CONSTANT[0])) >= CONSTANT[1] * users.max()


def _late_s(run: Run, made: Charge) -> float:
    """By how much it began after its symptom turned; 0 if not beyond what sampling allows."""
    failures = made.explains.failures_share >= (
        0.0 if math.isnan(made.explains.seconds_share) else made.explains.seconds_share
    )
    mine = [t for t in run.turns if (t.symptom is Symptom.FAILURES) == failures]
    turn = mine[0] if mine else run.inflection
    if turn is None:
        return 0.0
    allowed = turn.interval_s[1] + LATE_S + _sampling_s(made)
    return made.finding.onset_s - turn.at_s if made.finding.onset_s > allowed else 0.0


def _sampling_s(made: Charge) -> float:
    """The sampling interval of the signals that the finding leans on."""
    intervals = [
        signal.interval_s
        for e in made.finding.evidence
        if e.metric and (signal := made.case.signal(e.metric, e.part)) is not None
    ]
    return max((i for i in intervals if not math.isnan(i)), default=0.0)


def _explains(run: Run, finding: Finding) -> Explains:
    ladder = run.ladder
    gains = [
        r.gained_s
        for r in ladder.rungs
        if r.held_by(finding.component, finding.place) and not math.isnan(r.gained_s)
    ]
    seconds = max(0.0, math.fsum(gains)) if gains else NAN
    if gains and not math.isnan(finding.seconds):
        seconds = min(seconds, max(0.0, finding.seconds))
    share = min(1.0, seconds / ladder.rise_s) if gains and _latency_turned(run) else NAN
    return Explains(seconds, share, _failures_share(run, finding))


def _failures_share(run: Run, finding: Finding) -> float:
    ladder = run.ladder
    births = [b for b in ladder.births if b.held_by(finding.component, finding.place)]
    if not births or not failures_matter(run):
        return NAN
    failures = math.fsum(b.failures for b in births)
    if not math.isnan(finding.failures):
        failures = min(failures, finding.failures)
    if finding.resource in SILENT_LOSS and run.load and run.load.errors:
        felt = math.fsum(e.count for e in run.load.errors if _is_silence(e))
        failures = min(failures, felt)
    return min(1.0, failures / ladder.failures)


def _is_silence(error: LoadError) -> bool:
    return error.kind in FELT_AS or GATEWAY_TIMED_OUT.search(error.text) is not None


def _latency_turned(run: Run) -> bool:
    before = mean(run.latency_s, run.windows.before)
    return run.ladder.rise_s > LATENCY_MATTERS * max(before, 1e-4)


def failures_matter(run: Run) -> bool:
    if run.load is None or not run.load.requests or not run.ladder.failures > 0:
        return False
    return run.ladder.failures / run.load.requests >= FAILURES_MATTER
