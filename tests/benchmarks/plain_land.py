"""Parcels, buildings and points as a geopandas user measures them; nothing knows carbonspace."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from tests.validation import plain

ON_BORDER = 0.01
MIX = ("07", "08", "09", "10", "11", "14")
FINE_USES = ("0802", "1101", "1102")
ROOFS = {
    "": (), "homes": ("07",), "public": ("08",), "commerce": ("09",), "industry": ("10",),
}  # fmt: skip
USABLE = {
    "": (), "government": ("0801",), "plants": ("09", "10"), "rural_homes": ("0703",),
    "public": ("0704", "0802", "0803", "0804", "0805", "0806", "0807"),
}  # fmt: skip
PANELS = {
    "pv_roof_share_public_industry": (("0801", "0804", "0806", "1001"), "roof"),
    "pv_roof_share_commerce_office": (("0901", "0902"), "roof"),
    "pv_roof_share_homes": (("07",), "roof"),
    "pv_roof_share_institutions_plants": (("08", "1001"), "roof"),
    "pv_usable_roof_share_institutions_plants": (("08", "1001"), "usable"),
    "pv_usable_roof_share_public_industry": (("0801", "0804", "0806", "1001"), "usable"),
    "pv_usable_roof_share_commerce_homes": (("0901", "0902", "07"), "usable"),
}
Sums = dict[str, pd.Series]


def is_home(land_use: pd.Series) -> pd.Series:
    return land_use.str.startswith(("0701", "0703")) | (land_use == "07")


def near_parks(homes: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, radius: pd.Series) -> pd.Series:
    """Return the m² of homes within the radius of each park, by unit.

    The reach of all parks is one shape of tens of thousands of points: only the homes on its
    edge are cut along it.
    """
    reach = _reach(parks, radius)
    inside = homes.index.isin(gpd.sjoin(homes, reach, predicate="within").index)
    edge = gpd.overlay(homes.loc[~inside, ["unit_id", "geometry"]], reach, keep_geom_type=True)
    served = pd.concat([homes[inside], edge])
    return served.area.groupby(served["unit_id"]).sum()


def near_parks_by_overlay(homes: gpd.GeoDataFrame, parks: gpd.GeoDataFrame) -> pd.Series:
    """Return the same for 500 m with one overlay of all homes: what most would write."""
    reach = _reach(parks, pd.Series(500.0, index=parks.index))
    served = gpd.overlay(homes[["unit_id", "geometry"]], reach, keep_geom_type=True)
    return served.area.groupby(served["unit_id"]).sum()


def _reach(parks: gpd.GeoDataFrame, radius: pd.Series) -> gpd.GeoDataFrame:
    buffers = parks.buffer(radius, quad_segs=64)
    return gpd.GeoDataFrame(geometry=[buffers.union_all()], crs=parks.crs)


def radius_by_size(parks: gpd.GeoDataFrame) -> pd.Series:
    area = parks.area
    return pd.Series(np.select([area >= 5_000, area >= 2_000], [500.0, 300.0], 0.0), parks.index)


def people(
    parcels: gpd.GeoDataFrame, standing: gpd.GeoDataFrame, units: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return where people live and work, by unit: in buildings by floor area, else on the land.

    `standing` are the buildings cut along parcels.
    """
    whole = standing.groupby("parcel_id")["floor"].transform("sum")
    inside = standing[["parcel_id", "geometry"]].assign(part=standing["floor"] / whole)
    bare = parcels[~parcels["parcel_id"].isin(standing["parcel_id"])]
    bare = bare[["parcel_id", "geometry"]].assign(part=1.0)
    places = gpd.GeoDataFrame(pd.concat([inside, bare], ignore_index=True), crs=parcels.crs)
    living = plain.cut(places, units[["unit_id", "geometry"]])
    living["part"] *= living["share"]
    amounts = parcels.set_index("parcel_id")[["population", "jobs"]].fillna(0.0)
    held = amounts.loc[living["parcel_id"]].to_numpy() * living[["part"]].to_numpy()
    return living.assign(residents=held[:, 0], jobs=held[:, 1])


def near_stops(living: gpd.GeoDataFrame, stops: gpd.GeoDataFrame) -> pd.Series:
    """Return the share of each place that is within 800 m of a stop."""
    chosen = stops[stops["mode"].isin(["rail", "metro", "tram", "brt", "bus"])]
    return plain.served(living.assign(people=1.0), plain.reach(chosen, 800.0))


def counted(points: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return points by unit; one on a border belongs to its units in equal parts."""
    found = gpd.sjoin(points, units[["unit_id", "geometry"]], predicate="dwithin",
                      distance=ON_BORDER)  # fmt: skip
    return found.assign(part=1 / found.groupby(level=0)["unit_id"].transform("size"))


def mixed_use(
    parcels: gpd.GeoDataFrame, blocks: gpd.GeoDataFrame, units: gpd.GeoDataFrame
) -> tuple[pd.Series, pd.Series, gpd.GeoDataFrame]:
    """Return which blocks are mixed, the entropy of blocks, and the blocks cut along units."""
    pieces = gpd.overlay(parcels[["land_use", "geometry"]], blocks, keep_geom_type=True)
    kind = pieces["land_use"].str[:2]
    table = pieces.assign(kind=kind, area=pieces.area)
    land = table.pivot_table(
        index="block", columns="kind", values="area", aggfunc="sum", fill_value=0.0
    )
    land = land.where(land > 1e-3, 0.0)
    whole = land.drop(columns="12", errors="ignore").sum(axis=1)
    whole = whole[whole > 0]
    second = np.sort(land.loc[whole.index, ["07", "08", "09"]], axis=1)[:, -2]
    mixed = pd.Series(second >= 0.1 * whole, index=whole.index)
    chosen = land[[code for code in MIX if code in land]]
    chosen = chosen[chosen.sum(axis=1) > 0]
    p = chosen.div(chosen.sum(axis=1), axis=0)
    entropy = -(p * np.log(p.where(p > 0, 1.0))).sum(axis=1) / np.log(len(MIX))
    return mixed, entropy, plain.cut(blocks, units[["unit_id", "geometry"]])


def main_use(parcels: gpd.GeoDataFrame, standing: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the floor area of known and of main use of each parcel where enough is known."""
    code = parcels.set_index("parcel_id")["land_use"].loc[standing["parcel_id"]].to_numpy()
    fine = pd.Series(code).str[:4].isin(FINE_USES)
    main = pd.Series(code).str[:4].where(fine, pd.Series(code).str[:2])
    pairs = list(zip(standing["use"].fillna(""), main, strict=True))
    floors = standing[["parcel_id", "floor"]].assign(
        known=standing["floor"] * [len(use) >= len(part) for use, part in pairs],
        main=standing["floor"] * [use.startswith(part) for use, part in pairs],
    )
    sums = floors.groupby("parcel_id")[["floor", "known", "main"]].sum()
    return sums[sums["known"] >= 0.5 * sums["floor"]]


def roofs(buildings: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the pieces of roof by unit: all, usable, under panels, in m², and room for kWp."""
    roof = buildings["roof_area"].fillna(buildings.area)
    usable = roof * plain.roof_shares(buildings)
    watts = buildings["roof_type"].isin(["pitched", "metal"]).map({True: 175.0, False: 100.0})
    facts = buildings[["use", "is_new", "geometry"]].assign(
        roof=roof, usable=usable, pv=buildings["pv_area"].fillna(0.0), kwp=usable * watts / 1000
    )
    pieces = plain.cut(facts, units[["unit_id", "geometry"]])
    amounts = ["roof", "usable", "pv", "kwp"]
    pieces[amounts] = pieces[amounts].mul(pieces["share"], axis=0)
    return pieces.assign(use=pieces["use"].fillna(""))


def chargers(
    car_parks: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the car parks where cars can be charged, and the other places where they can."""
    sites = facilities[facilities["facility_type"] == "charging"]
    served = gpd.sjoin(car_parks, sites[["geometry"]]).index
    charging = car_parks[(car_parks["charging_spaces"] > 0) | car_parks.index.isin(served)]
    inside = gpd.sjoin(sites, charging[["geometry"]]).index
    return charging, sites[~sites.index.isin(inside)]


def sound(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a layer with valid geometry; only invalid shapes are touched."""
    broken = ~layer.is_valid
    shapes = layer.geometry.to_numpy().copy()
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    return layer.set_geometry(gpd.GeoSeries(shapes, layer.index, crs=layer.crs))
