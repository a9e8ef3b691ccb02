"""What readers had to do to geometry, in the account of repairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import geopandas as gpd

from carbonspace.model.once import Once, made_now
from carbonspace.model.plan import Plan
from carbonspace.model.repair import Repair, sized


def accounted(
    plan: Plan, layers: Mapping[str, gpd.GeoDataFrame], once: Once = made_now
) -> Iterator[Repair]:
    """Yield an entry for what was done to layers of a plan as they were read.

    Parameters
    ----------
    plan
        Its layers are in the coordinates of their sources.
    layers
        The same layers in the plan's CRS. Differences are brought there by the layer's own
        proportion: they are small, and the scale of one layer hardly varies.
    """
    for one in plan.mended:
        if one.layer not in layers:
            continue
        unit, after = sized(one.layer, layers[one.layer].geometry.to_numpy(), once)
        _, drawn = sized(one.layer, plan.layers[one.layer].geometry.to_numpy(), once)
        gained = (one.after - one.before) * (after / drawn if drawn else 1.0)
        policy = plan.settings.policy.of(one.fault, one.layer)
        yield Repair(one.fault, one.layer, policy.choice, policy.tolerance, one.features, unit,
                     after - gained, after)  # fmt: skip
