"""Who stands next to a component, seen through routers and switches."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from diagnose.case import Case
from diagnose.model import CARRIERS


def behind(case: Case) -> tuple[Case, ...]:
    """What a component sends requests to; carriers see packets and are passed."""
    return _through_carriers(case, lambda one: one.receivers)


def neighbours(case: Case) -> tuple[Case, ...]:
    """Hosts on both sides of a component."""
    return _through_carriers(case, lambda one: (*one.senders, *one.receivers))


def _through_carriers(case: Case, near: Callable[[Case], Iterable[Case]]) -> tuple[Case, ...]:
    seen, found, todo = {case.component.name}, [], list(near(case))
    while todo:
        other = todo.pop(0)
        if other.component.name in seen:
            continue
        seen.add(other.component.name)
        if other.component.role in CARRIERS:
            todo += near(other)
        else:
            found.append(other)
    return tuple(found)
