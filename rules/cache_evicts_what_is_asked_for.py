"""Rule: a cache evicts keys that are asked for again."""

from __future__ import annotations

import math

from diagnose.case import Case
from diagnose.model import NAN, CannotTell, Cleared, Experiment, Outcome, Place
from diagnose.plugins import rule
from diagnose.units import show

from ._judging import Course, cleared, counted, timing

EVICTED, HITS, MISSES = "cache.evictions_per_s", "cache.hits_per_s", "cache.misses_per_s"
MEMORY, MOST = "cache.memory_bytes", "cache.max_memory_bytes"
FELL = 0.05  # of what is asked for (a choice)
TRY = Experiment(
    do="twice the maxmemory, the same load",
    if_this_is_it="no key is evicted, the share of hits stays, the database is asked less",
    if_not="the same share of hits: keys expire, or are asked for once only",
)


@rule(
    resource="memory",
    roles=("cache",),
    where_measured=True,
    needs=(EVICTED, HITS, MISSES),
    pattern="D16",
    how_to_collect="redis-cli INFO each second (evicted_keys, keyspace_hits, keyspace_misses)",
)
def cache_evicts_what_is_asked_for(case: Case) -> Outcome:
    """A cache evicts keys that are asked for again.

    What it says:
        The cache reached its memory, dropped keys to make room, and found fewer of the keys
        that it was asked for than before.

    Why it matters:
        Each miss goes to the database: a cache that is too small hands the load on, and the
        database is blamed for it.

    How it decides:
        Evictions that grew after the inflection, and a share of hits that fell by five
        points or more.

    What fools it:
        A cache that is full evicts all the time, by design, and hits as often as before
        (cleared). A share of hits that falls without evictions is expiry, or new keys.

    Source:
        https://redis.io/docs/latest/develop/reference/eviction/
        https://redis.io/docs/latest/commands/info/ (evicted_keys, keyspace_hits)
    """
    seen = counted(case, EVICTED)
    if seen.course not in (Course.GREW, Course.UNDATED):
        return cleared(case, "memory", [seen], "it evicted no key")
    before = _hits(case.before(HITS), case.before(MISSES))
    after = _hits(case.after(HITS), case.after(MISSES))
    if math.isnan(before) or math.isnan(after):
        return CannotTell(case.component.name, "memory", (f"{HITS} before and after",))
    moved = f"{show(before, 'ratio')} of keys found before, {show(after, 'ratio')} after"
    if before - after < FELL:
        says = f"it evicts {show(seen.after, '1/s')} keys; {moved}"
        return Cleared(case.component.name, "memory", says, case.cite(EVICTED))
    limit = case.limit(MOST)
    ceiling = (
        (case.limit_note(f"maxmemory is {show(limit.value, 'bytes')}", limit),) if limit else ()
    )
    return case.finding(
        "memory",
        f"the cache evicts keys that are asked for again: {moved}",
        Place.INSIDE,
        evidence=(case.count(EVICTED), case.note(moved, MISSES, value=after), *ceiling),
        strength=min(1.0, (before - after) / 0.2),
        experiment=TRY,
        fix="more memory for the cache, smaller values, shorter lives for what is asked for once",
        **timing(case, seen),
    )


def _hits(hits: float, misses: float) -> float:
    """Share of keys that were there; NaN where none was asked for."""
    return hits / (hits + misses) if hits + misses > 0 else NAN
