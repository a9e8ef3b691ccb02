"""[policy] of plan.toml: what to do about faults of geometry, for all layers and for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from carbonspace.model.finding import Finding
from carbonspace.model.layers import LAYERS
from carbonspace.model.policy import FAULTS, FaultKind, Policies, Policy
from carbonspace.model.text import Text
from carbonspace.sources.keys import unknown_key, unusable, wrong_type

_KEYS = ("choice", "tolerance")


def policies(table: Any) -> Policies:
    """Return the policies of a [policy] table; those of an unsound one are the defaults.

    A fault has a choice, or `{ choice = …, tolerance = … }`; under the name of a layer it holds
    for that layer alone.
    """
    if not isinstance(table, dict) or [*policy_faults(table)]:
        return Policies()
    given = {
        (layer, fault): _policy(FAULTS[fault], value)
        for layer, faults in _by_layer(table)
        for fault, value in faults.items()
    }
    return Policies(given)


def policy_faults(table: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with a [policy] table."""
    for layer, faults in _by_layer(table):
        place = f"policy.{layer}" if layer else "policy"
        if not isinstance(faults, dict):
            yield wrong_type("plan", place, faults, dict)
            continue
        for fault, value in faults.items():
            yield from _faults(layer, f"{place}.{fault}", fault, value)


def _by_layer(table: Mapping[str, Any]) -> list[tuple[str, Any]]:
    common = {fault: value for fault, value in table.items() if fault not in LAYERS}
    return [("", common), *((key, value) for key, value in table.items() if key in LAYERS)]


def _policy(kind: FaultKind, value: Any) -> Policy:
    facts: Mapping[str, Any] = {"choice": value} if isinstance(value, str) else value
    tolerance = facts.get("tolerance", kind.tolerance)
    return Policy(
        facts.get("choice", kind.default), None if tolerance is None else float(tolerance)
    )


def _faults(layer: str, place: str, fault: str, value: Any) -> Iterator[Finding]:
    known = [*FAULTS] if layer else [*FAULTS, *LAYERS]
    if fault not in FAULTS:
        yield unknown_key("plan", place, fault, known)
        return
    kind = FAULTS[fault]
    facts = {"choice": value} if isinstance(value, str) else value
    if not isinstance(facts, dict):
        yield wrong_type("plan", place, value, str)
        return
    for name in facts:
        if name not in _KEYS:
            yield unknown_key("plan", f"{place}.{name}", name, _KEYS)
    yield from _value_faults(layer, place, kind, facts)


def _value_faults(
    layer: str, place: str, kind: FaultKind, facts: Mapping[str, Any]
) -> Iterator[Finding]:
    if facts.get("choice", kind.default) not in [*kind.does]:
        yield unusable(place, facts["choice"], " | ".join(kind.does))
    if layer and not kind.concerns(layer):
        yield unusable(place, layer, " | ".join(kind.layers))
    tolerance = facts.get("tolerance", kind.tolerance)
    if tolerance is None:
        return
    if kind.tolerance is None:
        yield unusable(place, tolerance, Text("不写容差", "no tolerance"))
    elif isinstance(tolerance, bool) or not isinstance(tolerance, (int, float)) or tolerance < 0:
        yield unusable(place, tolerance, f"≥ 0 {kind.unit}")
