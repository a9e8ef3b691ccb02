"""What every fault of geometry goes through: told, treated as the plan wants, accounted for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import geopandas as gpd
import shapely

from carbonspace.model.finding import Finding
from carbonspace.model.once import Once, made_now
from carbonspace.model.policy import FAULTS, FaultKind, Policies, Policy
from carbonspace.model.repair import Repair, sized
from carbonspace.model.text import Text

SHOWN = 200
"""Places of one fault in one layer that get a finding each; the rest get one together."""


class Spot(NamedTuple):
    """One place where a fault was found: the feature, what was found, and the geometry at fault."""

    feature: str | None
    found: str | Text
    shape: shapely.Geometry | None = None


class Treated(NamedTuple):
    """A layer after a fault was looked for."""

    layer: gpd.GeoDataFrame
    findings: list[Finding]
    repairs: list[Repair]


Mend = Callable[[gpd.GeoDataFrame, Policy], gpd.GeoDataFrame]


def treated(
    fault: str,
    key: str,
    layer: gpd.GeoDataFrame,
    spots: Sequence[Spot],
    policies: Policies,
    mend: Mend | None = None,
    once: Once = made_now,
) -> Treated:
    """Return the layer treated as its policy says, what to tell, and the account.

    `spots` come worst first; the shapes of more than are `SHOWN` are not needed. `mend` returns
    the repaired layer.
    """
    if not spots:
        return Treated(layer, [], [])
    policy = policies.of(fault, key)
    findings = _told(FAULTS[fault], key, spots, policy)
    if policy.choice == "refuse":
        return Treated(layer, findings, [])
    mended = mend(layer, policy) if policy.choice == "repair" and mend is not None else layer
    unit, before = sized(key, layer.geometry.to_numpy(), once)
    after = before if mended is layer else sized(key, mended.geometry.to_numpy(), once)[1]
    entry = Repair(fault, key, policy.choice, policy.tolerance, len(spots), unit, before, after)
    return Treated(mended, findings, [entry])


def _told(kind: FaultKind, key: str, spots: Sequence[Spot], policy: Policy) -> list[Finding]:
    findings = [_finding(kind, key, spot, policy) for spot in spots[:SHOWN]]
    if len(spots) > SHOWN:
        rest = len(spots) - SHOWN
        more = Text(f"另有 {rest} 处", f"{rest} more")
        findings.append(_finding(kind, key, Spot(None, more), policy))
    return findings


def _finding(kind: FaultKind, key: str, spot: Spot, policy: Policy) -> Finding:
    severity = "error" if policy.choice == "refuse" else kind.severity
    return Finding(
        severity, key, kind.title, spot.found, _expected(kind, policy), kind.does[policy.choice],
        spot.feature, _place(spot.shape), True, spot.shape,
    )  # fmt: skip


def _expected(kind: FaultKind, policy: Policy) -> Text:
    if policy.tolerance is None:
        return kind.expected
    limit = f"{policy.tolerance:g} {kind.unit}"
    return Text(f"{kind.expected.zh}（容差 {limit}）",
                f"{kind.expected.en} (tolerance {limit})")  # fmt: skip


def _place(shape: shapely.Geometry | None) -> tuple[float, float] | None:
    """Return a point of the geometry at fault; it may be too broken for more than its first."""
    if shape is None or shapely.is_empty(shape):
        return None
    sound = shapely.is_valid(shape) and shapely.get_dimensions(shape) == 2
    point = shapely.point_on_surface(shape) if sound else shape
    x, y = shapely.get_coordinates(point)[0]
    return float(x), float(y)
