"""Zone by zone: the units of each are measured in its CRS, by what measures any plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from carbonspace.city import as_one_unit, city_of, may_be_otherwise
from carbonspace.evaluation import answered, checked, evaluate, inquiry_of, wanted_of
from carbonspace.inquiry import Inquiry
from carbonspace.measuring import FEATURES_PER_PART
from carbonspace.model.assessment import Assessment
from carbonspace.model.plan import Plan
from carbonspace.model.progress import Progress, nobody, share
from carbonspace.prepare import zone_words as words
from carbonspace.prepare.zoning import Zoning, in_zone, zoned
from carbonspace.zoned.joining import Joining, Part, refuse_apart
from carbonspace.zoned.showing import is_distortion, shown_in_one


def evaluate_zones(
    plan: Plan,
    indicators: Iterable[str] | None = None,
    profiles: Iterable[str] | None = None,
    units: Iterable[str] | None = None,
    *,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    on: date | None = None,
    workers: int | None = None,
    part_features: int = FEATURES_PER_PART,
    progress: Progress = nobody,
) -> Assessment:
    """Compute indicators for the units of a plan, each in the CRS of the zone that it lies in.

    The figures of a unit are those that `evaluate` has of the whole plan in that CRS, bit for bit.
    The city and the districts are the sums of their units. Shapes are in one CRS: the plan's
    `crs`, or that of the zone in the middle. A plan without zones is evaluated as it is.

    Parameters
    ----------
    plan, indicators, profiles, units, parameters, on, workers, part_features, progress
        As for `evaluate`.

    Raises
    ------
    InputError
        As `evaluate`, and with the units that lie in no zone or state a CRS that is none.
    UnknownNameError
        As `evaluate`.
    """
    names = [None if given is None else tuple(given) for given in (indicators, profiles, units)]
    more: dict[str, Any] = {"workers": workers, "part_features": part_features}
    if not plan.settings.zones:
        return evaluate(plan, *names, parameters=parameters, on=on, progress=progress, **more)
    zoning = zoned(plan)
    groups = zoning.groups(wanted_of(zoning.ground, names[2]))
    shown = plan.settings.crs or (zoning.middle if zoning.middle in groups else min(groups))
    if len(groups) == 1:
        (crs,) = groups
        whole = evaluate(in_zone(plan, crs), *names, parameters=parameters, on=on,
                         progress=progress, **more)  # fmt: skip
        return shown_in_one(whole, zoning, groups, shown)
    asking = _Asking(plan, (names[0], names[1]), parameters, on)
    is_city = names[2] is None and asking.is_sum(zoning)
    asked = {crs: asking.of(crs, city=is_city) for crs in groups}
    parts = list[Part]()
    for n, (crs, ids) in enumerate(groups.items()):
        tell = share(progress, n / len(groups), (n + 1) / len(groups))
        found = answered(asked[crs], [*map(str, ids)], progress=tell, **more)
        parts.append(Part(crs, ids, found))
    refuse_apart(plan, parts)
    parts.sort(key=lambda part: part.crs != zoning.middle)
    return Joining(
        plan, zoning, asked[parts[0].crs], parts, shown, names[2] is None, is_city
    ).assessment()


def checked_zones(plan: Plan, *, on: date | None = None) -> Plan:
    """Return a plan prepared, in the zone in the middle where it has several.

    Raises
    ------
    InputError
        As `checked`, and with what is wrong with the zones.
    """
    if not plan.settings.zones:
        return checked(plan, on=on)
    zoning = zoned(plan)
    ready = checked(in_zone(plan, zoning.middle), on=on)
    counts = [(crs, len(ids)) for crs, ids in zoning.groups(zoning.of.index).items()]
    told = [words.measured_in(counts, plan.settings.crs or zoning.middle),
            *zoning.notes,
            *(one for one in ready.findings if not is_distortion(one))]  # fmt: skip
    return replace(ready, findings=tuple(dict.fromkeys(told)))


@dataclass(frozen=True)
class _Asking:
    """What is asked, of whichever zone."""

    plan: Plan
    names: tuple[tuple[str, ...] | None, tuple[str, ...] | None]
    parameters: Mapping[str, Mapping[str, Any]] | None
    on: date | None

    def of(self, crs: str, *, city: bool) -> Inquiry:
        return inquiry_of(in_zone(self.plan, crs), *self.names, self.parameters, self.on, city=city)

    def is_sum(self, zoning: Zoning) -> bool:
        """Tell whether the city is the sum of its units, however the data are taken."""
        ground = zoning.ground
        if as_one_unit(ground, city_of(ground)) is not None:
            return False
        return not (may_be_otherwise(ground) and self.of(zoning.middle, city=True).judged)
