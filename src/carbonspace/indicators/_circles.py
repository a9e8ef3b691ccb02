"""Life circles (生活圈居住区): their residents, and the parks that are theirs."""

from __future__ import annotations

from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from carbonspace.errors import MissingColumnError
from carbonspace.indicators._places import Places
from carbonspace.indicators._shared import (
    Floats,
    arrays,
    filled,
    is_unknown,
    known,
    numbers,
    one_of,
    text_column,
)
from carbonspace.indicators._steps import chosen_rows, polygons_in, taken
from carbonspace.indicators._traits import Flags
from carbonspace.kernels import overlay
from carbonspace.kernels.overlay import Cut
from carbonspace.kernels.width import long_axis
from carbonspace.model.landuse import matches
from carbonspace.model.levels import Level
from carbonspace.model.shared import Shared
from carbonspace.model.text import Text

CircleLevel = Literal["15", "10", "5", "block"]
WidthBy = Literal["rectangle", "inscribed"]
PARCELS_BY_CIRCLE = "parcels by life circle"
PARKS_BY_CIRCLE = "parks by life circle"
LEVELS: tuple[Level, ...] = ("unit", "city", "life_circle")
MOSTLY = 0.5
"""Share of a park in a circle from which it is the circle's: our own reading."""
_INSCRIBED_M = 0.01
WHICH = Text(
    "各级生活圈逐个给出数值；单元与全市只计 circle_level 一级（缺省十五分钟），跨单元的生活圈按面积"
    "分摊。",
    "Each life circle of any level has its figure; units and the city count those of circle_level "
    "only (15 minutes by default), one across units by area.",
)
PEOPLE = Text(
    "人口取生活圈图层所填，未填的取其内地块人口（按面积分摊）。",
    "Residents are those the circle states, else those of the parcels in it, by area.",
)


def definition(zh: str, en: str) -> Text:
    """Return a definition that says which circles count."""
    return Text(f"{zh}{WHICH.zh}", f"{en} {WHICH.en}")


def circles_of(
    units: gpd.GeoDataFrame, circles: gpd.GeoDataFrame, level: str, shared: Shared | None
) -> Places:
    """Return the life circles; those of one level are what the units' figures are of.

    Raises
    ------
    MissingColumnError
        If no circle says of which level it is.
    """
    minutes = known(circles, "life_circles", "minutes", shared)
    one_of("circle_level", level, ("15", "10", "5", "block"))
    said = np.asarray(minutes.astype(object).where(minutes.notna(), ""), dtype=object)
    every = np.ones(len(circles), dtype=bool)
    return Places(units, circles, "life_circle", every, {"minutes": said}, shared, said == level)


def residents_of(
    circles: gpd.GeoDataFrame, parcels: gpd.GeoDataFrame | None, shared: Shared | None
) -> Floats:
    """Return the residents of each circle: as it states, else those of the parcels in it.

    Raises
    ------
    MissingColumnError
        If no circle states them and no parcel does.
    """
    stated = filled(circles, "population", np.full(len(circles), np.nan))
    if parcels is None or is_unknown(parcels, "parcels", "population", shared):
        if is_unknown(circles, "life_circles", "population", shared):
            raise MissingColumnError("life_circles", "population")
        return stated
    cut = polygons_in(circles, parcels, PARCELS_BY_CIRCLE, shared)
    people = numbers(parcels["population"])[cut.feature] * cut.share
    return np.where(np.isnan(stated), overlay.sums(cut.zone, people, len(circles)), stated)


def greens_in(
    circles: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    greens: tuple[str, ...],
    shared: Shared | None,
) -> Cut:
    """Return the parks that are public green, cut along circles; one without a code is."""
    use = text_column(parks, "land_use")
    public = np.asarray(matches(use, tuple(greens)) | use.isna(), dtype=bool)
    return chosen_rows(polygons_in(circles, parks, PARKS_BY_CIRCLE, shared), public)


class Largest(NamedTuple):
    """The largest park of each circle: its position, -1 where there is none, and its m²."""

    park: NDArray[np.int64]
    area: Floats

    @property
    def there(self) -> Flags:
        """Return which circles have a park."""
        return self.park >= 0


def largest_in(circles: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, cut: Cut) -> Largest:
    """Return the largest park that mostly lies in each circle, with all its area."""
    own = taken(cut, cut.share >= MOSTLY)
    whole = shapely.area(parks.geometry.to_numpy())
    # Of equal ones the first by id, whatever the order of the layer.
    rank = np.argsort(np.argsort(np.asarray(parks.index, dtype=str), kind="stable"))
    order = np.lexsort((rank[own.feature], -whole[own.feature], own.zone))
    held, first = np.unique(own.zone[order], return_index=True)
    park = np.full(len(circles), -1)
    park[held] = own.feature[order][first]
    return Largest(park, np.where(park >= 0, np.append(whole, 0.0)[park], 0.0))


def widths(parks: gpd.GeoDataFrame, chosen: NDArray[np.int64], width_by: str) -> Floats:
    """Return the width of each chosen park's largest part, metres.

    "rectangle": the shorter side of the smallest rectangle about it; "inscribed": across the
    largest circle within it.
    """
    one_of("width_by", width_by, ("rectangle", "inscribed"))
    shapes = np.array([_largest_part(one) for one in arrays(parks)[0][chosen]], dtype=object)
    if width_by == "rectangle":
        return long_axis(shapes)[2]
    found = shapely.maximum_inscribed_circle(shapes, tolerance=_INSCRIBED_M)
    across: Floats = 2.0 * shapely.length(found)
    return across


def _largest_part(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return parts[int(np.argmax(shapely.area(parts)))]
