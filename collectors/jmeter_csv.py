"""JMeter's results in CSV (.jtl): one row a sample.

    timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,…
    1795406360793,54,page,200,OK,Shoppers 1-2,text,true,,2943,128,2,2,http://…,53,0,46

Which columns there are is free, and so are the separator and the form of the stamp: epoch
milliseconds, or a local time without zone. It is the start of the sample, or its end where
a property is missing (and from Locust); rows stand in the order in which samples ended.
elapsed is milliseconds to the last byte. allThreads counts the threads of one engine.
Rows of transaction controllers repeat requests and are left out. Written likewise: kpi.jtl
of Taurus, and the CSV of locust-plugins' JmeterListener (end, local, whole seconds).
A second run into the same file is appended without a header.

Source: https://jmeter.apache.org/usermanual/listeners.html#csvlogformat and CSVSaveService.
"""

from __future__ import annotations

from diagnose.badlines import BadLines
from diagnose.errors import UnreadableSource
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading

from ._generator_distress import distress
from ._jmeter_columns import shape_of
from ._jmeter_samples import load_from
from ._jmeter_table import Table, tool_of

BEST = (
    "jmeter -n -t plan.jmx -l results.csv -Jjmeter.save.saveservice.output_format=csv "
    "-Jjmeter.save.saveservice.print_field_names=true "
    "-Jjmeter.save.saveservice.timestamp_format=ms -Jjmeter.save.saveservice.hostname=true"
)


def recognizes(head: Head) -> float:
    """By the header, or by rows that fit a release's default columns."""
    found = shape_of(head)
    if found is None:
        return 0.0
    return 0.9 if found[1] else 0.97


@collector(
    kind="jmeter_csv",
    title="JMeter results (CSV)",
    recognizes=recognizes,
    role="load_generator",
    tool="JMeter",
    best=BEST,
    gives=("series", "percentiles", "errors", "users", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load: the curve of all samples and of each label."""
    head = raw.head()
    found = shape_of(head)
    if found is None:
        raise UnreadableSource(
            raw.path,
            "no columns of a JMeter result are known in it",
            hint="set jmeter.save.saveservice.print_field_names=true",
        )
    shape, release = found
    tool = tool_of(head, shape)
    reading = Reading(facts=[Fact("load.tool", tool.partition(" ")[0])])
    if release:
        reading.notes.append(
            f"without a header: the columns were taken for the defaults of JMeter {release}, "
            "which every cell of the first rows fits"
        )
    samples = Table(head, shape, reading).samples(raw, bad)
    if samples is None:
        reading.notes.append("it has a header and no samples")
        return reading
    load = load_from(samples, tool, reading.notes)
    reading.loads.append(load)
    reading.occurrences.extend(distress(load))
    if raw.torn:
        reading.notes.append("its last line has no end: the run was cut, its last samples are lost")
    return reading
