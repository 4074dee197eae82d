"""Rule: the load generator's process runs out of memory or threads."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule

from ._generator import counted_errors, errors_saying, servers_hold_it
from ._levels import comes_with_load, first_message_s, messages

SAID = message("generator", "out_of_memory")
WORDS = ("outofmemoryerror", "cannot allocate memory", "errno 12")  # in its table of failures
TRY = Experiment(
    do="twice the heap for the generator (JMeter: HEAP='-Xms2g -Xmx2g'), the same users",
    if_this_is_it="the messages stop, and throughput rises at the same load",
    if_not="the same throughput without the messages: look behind the generator",
)


@rule(
    resource="memory",
    roles=("load_generator",),
    needs=(SAID,),
    pattern="G09",
    how_to_collect="the generator's own log (JMeter: jmeter.log)",
)
def generator_runs_out_of_memory(case: Case) -> Outcome:
    """The load generator's process runs out of memory or threads.

    What it says:
        The generator itself says that it could not get memory, or a thread for a user.

    Why it matters:
        A virtual machine whose heap is nearly full collects garbage most of the time, and
        its users wait for that; users whose thread could not be made send nothing. Both
        look like a server that does not answer.

    How it decides:
        Its own words (`java.lang.OutOfMemoryError`, of the heap or "unable to create native
        thread"; "out of memory"), in its log or its table of failures. Against it: time
        that was added behind the first tier, which the generator cannot cause.

    What fools it:
        A message at the very end, when results are written, after the load was over. Heap
        that is nearly full without a message: only its garbage collection log tells.

    Source:
        https://jmeter.apache.org/usermanual/best-practices.html (reducing resource
        requirements); https://jmeter.apache.org/usermanual/get-started.html (JVM heap)
    """
    name, failed = case.component.name, errors_saying(case, *WORDS)
    said = [*messages(case, SAID), *failed]
    if not said:
        return Cleared(name, "memory", "it did not run out of memory or threads")
    return case.finding(
        "memory",
        "the load generator ran out of memory or threads",
        Place.FRONT,
        evidence=tuple(said),
        experiment=TRY,
        fix="a larger heap, fewer users a process, no listeners that keep every response",
        onset_s=first_message_s(case, SAID),
        grows_with_load=comes_with_load(case, SAID),
        failures=counted_errors(failed),
        against=servers_hold_it(case),
    )
