"""Rule: nginx buffers responses on disk."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.metrics import message
from diagnose.model import Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import cleared, counts, per_request, timing, worst

BUFFERED, OWN = message("nginx", "buffered_to_file"), "http.own_s"
MATTERS = 0.01  # of requests (a choice)


@rule(
    resource="disk",
    roles=("lb",),
    where_measured=True,
    needs=(BUFFERED,),
    pattern="N04",
    how_to_collect="nginx's error log at level warn",
)
def nginx_buffers_responses_on_disk(case: Case) -> Outcome:
    """nginx buffers responses or bodies on disk.

    What it says:
        Responses, or bodies of requests, were larger than nginx's buffers in memory, so it
        wrote them to temporary files.

    Why it matters:
        A worker that waits for a disk serves nobody else meanwhile: all its connections
        wait with it.

    How it decides:
        One request or more in a hundred was buffered to a file after the inflection, and
        more than the load before predicts. No mechanism: only a slow disk makes it hurt.

    What fools it:
        Large downloads are meant to be buffered, and a page cache takes the writes without
        the disk. The line is at level warn.

    Source:
        https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffers
        https://nginx.org/en/docs/http/ngx_http_core_module.html#client_body_buffer_size
    """
    found = counts(case, BUFFERED)
    seen = worst(found)
    if seen is None:
        return cleared(case, "disk", found, "no response was buffered to a temporary file")
    ratio = per_request(case, seen.after - seen.background)
    if ratio < MATTERS:
        says = f"{show(ratio, 'ratio')} of requests buffered to a temporary file"
        return Cleared(case.component.name, "disk", says, case.rise(BUFFERED).source)
    return case.finding(
        "disk",
        f"nginx wrote {show(seen.total)} responses or bodies to temporary files",
        Place.INSIDE,
        evidence=(case.count(BUFFERED), *([case.rise(OWN)] if case.has(OWN) else [])),
        strength=0.4,
        experiment=Experiment(
            do="raise proxy_buffers (client_body_buffer_size) above the largest body, rerun",
            if_this_is_it="the lines stop and nginx's own time falls",
            if_not="the lines stop and nothing else changes",
        ),
        fix="larger buffers in memory, or a faster disk for temporary files",
        **timing(case, seen, mechanism=False),
    )
