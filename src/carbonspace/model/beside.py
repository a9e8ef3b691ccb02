"""What was worked out about a plan, kept beside it as long as the plan is there."""

from __future__ import annotations

import weakref
from typing import Any

from carbonspace.model.plan import Plan

_BESIDE: dict[int, tuple[weakref.ref[Plan], dict[str, Any]]] = {}


def beside(plan: Plan, what: str) -> dict[Any, Any]:
    """Return what is known of a kind about a plan, by any key; whoever knows more puts it there.

    A plan that was changed is another plan: each evaluation begins with one of its own.
    """
    key, held = id(plan), _BESIDE.get(id(plan))
    if held is None or held[0]() is not plan:
        held = _BESIDE[key] = weakref.ref(plan, lambda _: _BESIDE.pop(key, None)), {}
    found: dict[Any, Any] = held[1].setdefault(what, {})
    return found
