"""Rule: the load generator runs out of file descriptors."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule

from ._files import OPEN, fullest, fullest_note
from ._generator import counted_errors, errors_saying
from ._levels import NAN, comes_with_load, earliest, first_message_s, messages

SAID = message("generator", "too_many_open_files")
WORDS = ("too many open files", "errno 24")  # in its table of failures

TRY = Experiment(
    do="ulimit -n 250000 before the generator starts, the same users",
    if_this_is_it="the messages stop at the same load",
    if_not="the same failures: look at the first tier",
)


@rule(
    resource="file_descriptors",
    roles=("load_generator",),
    pattern="G07",
    how_to_collect="the generator's log; ls /proc/PID/fd | wc -l and /proc/PID/limits",
)
def generator_runs_out_of_files(case: Case) -> Outcome:
    """The load generator runs out of file descriptors.

    What it says:
        The generator was refused a new socket: a process had as many files open as it may.

    Why it matters:
        Each user holds a socket, often several; the usual limit is 1,024. Connections then
        fail at once, look like failures of the server, and no server ever saw them.

    How it decides:
        "Too many open files" in its log: a mechanism, with the failures of its own table that
        bear that text. A process that stands at 95 % of its limit or more without a message: a
        lead. Below, cleared with the numbers.

    What fools it:
        The soft limit of a shell is not that of the process: many generators raise it
        themselves (Locust does). A log may give one line for thousands of failures: how many
        is taken from the table of failures alone.

    Source:
        https://man7.org/linux/man-pages/man2/getrlimit.2.html (RLIMIT_NOFILE)
        https://grafana.com/docs/k6/latest/set-up/fine-tune-os/; locust/main.py
        netdata, health.d/file_descriptors.conf
    """
    name, failed = case.component.name, errors_saying(case, *WORDS)
    said, near = [*messages(case, SAID), *failed], fullest(case)
    if not said and not case.has(SAID) and not case.has(OPEN):
        return CannotTell(name, "file_descriptors", (f"{SAID} | {OPEN}",))
    if not said and near is None:
        says = fullest_note(case) or "no socket was refused for want of a file descriptor"
        return Cleared(name, "file_descriptors", says, case.sources(SAID, OPEN))
    return case.finding(
        "file_descriptors",
        "the load generator ran out of file descriptors",
        Place.FRONT,
        evidence=(*said, *([near.evidence(case)] if near else [])),
        mechanism=bool(said),
        missing=() if said else ("a message of the generator that a file was refused",),
        onset_s=earliest(first_message_s(case, SAID), near.onset_s if near else NAN),
        grows_with_load=comes_with_load(case, SAID)
        if said
        else case.grows_with_load(OPEN, near.part if near else ""),
        failures=counted_errors(failed),
        experiment=TRY,
        fix="a higher limit of open files for the generator, or more hosts",
    )
