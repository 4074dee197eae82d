"""Rule: nginx has fewer workers than processors, and all of them are full."""

from __future__ import annotations

from diagnose.case import Case
from diagnose.model import CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._levels import earliest, off_path, stays_above, steady
from ._shares import barely_gained

PROCESS = "process.cpu_ratio"
WORKERS, PROCESSORS = "nginx.worker_processes", "cpu.count"
FULL = 0.90  # of one processor: a worker is one thread (a choice: pmieconf cpu.util has 90 %)
TRY = Experiment(
    do="worker_processes auto, the same load",
    if_this_is_it="more processors are busy, and throughput rises",
    if_not="the same throughput: look at the processors of the whole host, and behind",
)


@rule(
    resource="cpu",
    roles=("cdn", "lb", "app"),
    needs=(PROCESS, WORKERS, PROCESSORS),
    pattern="N03",
    how_to_collect="pidstat -u 1, nginx -T (worker_processes), nproc",
)
def nginx_has_too_few_workers(case: Case) -> Outcome:
    """nginx has fewer workers than processors, and all of them are full.

    What it says:
        Every worker of nginx took a whole processor, and the host has processors that none
        of them may use.

    Why it matters:
        A worker is one thread. The host looks half idle and yet nginx can do no more:
        handshakes of TLS and compression are what mostly fills it.

    How it decides:
        As many nginx processes as worker_processes says at 90 % of one processor for a
        third of the time after the inflection and not before the load, on a host that has
        more processors.

    What fools it:
        worker_processes auto is as many as there are processors: full workers are then a
        full host, which is another rule. A container's quota may be less than its
        processors: more workers do not help there.

    Source:
        https://nginx.org/en/docs/ngx_core_module.html#worker_processes (the number of
        processors is a good start)
    """
    name = case.component.name
    workers, processors = case.limit(WORKERS), case.limit(PROCESSORS)
    of_nginx = [part for part in case.signals(PROCESS) if part.split(" ")[0] == "nginx"]
    if workers is None or processors is None or not of_nginx:
        return CannotTell(name, "cpu", (f"{PROCESS} of nginx",))
    full = [p for p in of_nginx if stays_above(case, PROCESS, FULL, p)]
    busiest = max(of_nginx, key=lambda p: case.held(PROCESS, p))
    counts = f"{show(workers.value)} workers on {show(processors.value)} processors"
    few = len(full) >= workers.value and workers.value < processors.value
    if not few or off_path(case) or any(steady(case, PROCESS, p) for p in full):
        says = f"{counts}; the busiest takes {show(case.held(PROCESS, busiest), 'ratio')} of one"
        return Cleared(name, "cpu", says, case.cite(PROCESS, busiest))
    return case.finding(
        "cpu",
        f"nginx has {counts}, and all of them are full",
        Place.INSIDE,
        evidence=(
            *(case.rise(PROCESS, part) for part in full),
            case.limit_note(f"worker_processes is {show(workers.value)}", workers),
            case.limit_note(f"the host has {show(processors.value)} processors", processors),
        ),
        onset_s=earliest(*(case.onset_s(PROCESS, part, above=FULL) for part in full)),
        grows_with_load=case.grows_with_load(PROCESS, busiest),
        against=barely_gained(case, Place.INSIDE, Place.FRONT),
        experiment=TRY,
        fix="worker_processes auto; keep-alive and resumed TLS sessions",
    )
