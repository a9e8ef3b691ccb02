"""Every row of the inventory against the rules that hold it; run to write the reference page."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from carbonspace.model.rule import SURENESS_TITLES, Rule
from carbonspace.profiles import load_profile, profile_keys

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "reference" / "thresholds.md"
MARK = "[from memory, unverified] "
"""What the inventory puts before a clause from memory; rules say it with `evidence`."""
CALLED: Mapping[str, tuple[str, ...]] = {
    "bike_corridor_class1_length": ("bike_corridor_length_class1",),
    "bike_corridor_network_structure": (
        "bike_route_count_east_west", "bike_route_count_north_south",
    ),
    "block_concentrated_green": ("block_concentrated_green", "block_concentrated_green_width"),
    "building_energy_saving_rate": (
        "building_energy_saving_rate_public", "building_energy_saving_rate_homes",
    ),
    "building_shape": (
        "building_orientation", "window_wall_ratio", "building_shape_coefficient",
    ),
    "bus_stop_coverage": (
        "bus_stop_coverage", "bus_stop_area_coverage", "bus_stop_area_coverage_close",
    ),
    "carpark_count": ("car_park_count",),
    "circle_public_green": ("circle_public_green", "circle_park_area", "circle_park_width"),
    "eco_corridor_compliance": ("eco_corridor_width",),
    "ev_carpark_share": ("charging_car_park_share",),
    "ev_pile_ratio": ("charging_space_share",),
    "ev_site_count": ("charging_site_count",),
    "green_building_share": ("green_building_share", "green_building_share_completed"),
    "heat_pump_efficiency": ("heat_pump_efficiency", "heat_pump_eer"),
    "life_circle_scale": ("life_circle_population", "life_circle_area", "life_circle_distance"),
    "microgrid_limits": ("microgrid_voltage", "microgrid_load"),
    "park_area_per_capita": (
        "park_area_per_capita", "comprehensive_park_area_per_capita",
        "community_park_area_per_capita",
    ),
    "park_coverage_500m": ("park_coverage", "park_coverage_by_size"),
    "pv_roof_share": (
        "pv_roof_share_public_industry", "pv_roof_share_commerce_office", "pv_roof_share_homes",
        "pv_roof_share_institutions_plants", "pv_usable_roof_share_institutions_plants",
        "pv_usable_roof_share_public_industry", "pv_usable_roof_share_commerce_homes",
        "usable_roof_share_government", "usable_roof_share_public", "usable_roof_share_plants",
        "usable_roof_share_rural_homes",
    ),
    "reclaimed_water_volume": ("reclaimed_water_volume", "reclaimed_water_production"),
    "star_green_building_share": ("star_green_building_share", "two_star_share"),
    "station_800m_pop_jobs_coverage": (
        "station_coverage", "station_coverage_residents", "station_coverage_jobs",
    ),
    "tod_station_share": ("tod_station_share", "tod_station_count"),
}  # fmt: skip
"""The keys of rules where the inventory calls an indicator otherwise, or calls several so."""
READ_OTHERWISE: Mapping[tuple[str, str], tuple[str, tuple[float, ...]]] = {
    ("bayannur", "green_materials_rule"): ("none", ()),
    ("shangdang", "public_building_gt50m"): ("none", ()),
    ("lianyungang", "rainwater_collection_parcel"): ("==", (0.0,)),
    ("pku", "underground_depth_layer_use"): ("==", (0.0,)),
    ("pku", "land_carbon_elasticity"): ("==", (2.7,)),
}
"""Rows whose number is no target but says what is meant, and what their rule holds instead."""
_SPLIT = "bike_corridor_network_structure"
_NO_VALUE = ("none", "qualitative", "report")


class Row(NamedTuple):
    """One row of the inventory, with its number (the first is 1) and the rules that hold it."""

    number: int
    facts: Mapping[str, str]
    rules: tuple[Rule, ...]


def rows() -> list[Row]:
    """Return every row with its rules, each rule given to the first row it fits.

    Where several rows are alike in everything a rule holds (a limit that two rows of a table
    share), the first of their rules goes to the first of them, and so on.
    """
    rules = {key: [*load_profile(key).rules] for key in profile_keys()}
    used: set[int] = set()
    found = []
    with (HERE / "thresholds.csv").open(encoding="utf-8", newline="") as file:
        for number, facts in enumerate(csv.DictReader(file), start=1):
            fitting = [r for r in rules.get(facts["profile"], ()) if fits(r, facts)]
            mine = tuple(_taken(fitting, facts, used))
            found.append(Row(number, facts, mine))
    return found


def _taken(rules: list[Rule], facts: Mapping[str, str], used: set[int]) -> Iterator[Rule]:
    """Yield the rules of a row: those of one table of many alike rows are dealt out."""
    alike = facts["indicator_id"].startswith(("block_", "circle_", "nyc_", "sunlight"))
    for rule in rules:
        if alike and id(rule) in used:
            continue
        used.add(id(rule))
        yield rule
        if alike:
            return


def fits(rule: Rule, facts: Mapping[str, str]) -> bool:
    """Return whether a rule says what a row of its profile says."""
    key = facts["indicator_id"]
    comparator, target = held(facts)
    split = key == _SPLIT
    return (
        rule.indicator in CALLED.get(key, (key,))
        and facts["quote"].removeprefix(MARK) in rule.quotation
        and rule.comparator == comparator
        and (rule.target == target or (split and rule.target in [(t,) for t in target]))
        and (str(rule.year) if rule.year else "") == facts["year"]
    )


def held(facts: Mapping[str, str]) -> tuple[str, tuple[float, ...]]:
    """Return the comparator and target that the rule of a row has.

    Of a limit that slides (`<= 0.78;2.43`) the looser end is held.
    """
    if (facts["profile"], facts["indicator_id"]) in READ_OTHERWISE:
        return READ_OTHERWISE[facts["profile"], facts["indicator_id"]]
    if facts["comparator"] in _NO_VALUE:
        return "none", ()
    values = tuple(float(part) for part in facts["value"].split(";") if part)
    if len(values) > 1 and facts["comparator"] in ("<=", ">="):
        return facts["comparator"], values[-1:] if facts["comparator"] == "<=" else values[:1]
    return facts["comparator"], values


def page() -> str:
    """Return the reference page."""
    found = rows()
    return "\n".join([*_head(found), "", *_never(found), "", *_table(found)]) + "\n"


def _head(found: list[Row]) -> Iterator[str]:
    rules = [rule for key in profile_keys() for rule in load_profile(key).rules]
    sure: Counter[str] = Counter(rule.evidence for rule in rules)
    yield "# Every threshold and the rule that holds it · 阈值与规则对照"
    yield ""
    yield "Written by `python data/standards/inventory.py`; a test compares. The rows are those of"
    yield "[data/standards/thresholds.csv](../../data/standards/thresholds.csv)."
    yield ""
    yield "| | |"
    yield "|---|---:|"
    yield f"| rows of the inventory | {len(found)} |"
    yield f"| rows that a rule holds | {sum(bool(row.rules) for row in found)} |"
    yield f"| profiles | {len(profile_keys())} |"
    yield f"| rules | {len(rules)} |"
    yield f"| rules with a verdict | {sum(rule.is_held for rule in rules)} |"
    empty = sum(not rule.target for rule in rules)
    yield f"| rules without a target (the source gives no value) | {empty} |"
    yield f"| rules recorded and never held | {sum(r.never is not None for r in rules)} |"
    about = sum(r.comparator == "~" and not r.tolerance and not r.never for r in rules)
    yield f"| rules that say “about”, held once a tolerance is given | {about} |"
    for key, title in SURENESS_TITLES.items():
        yield f"| {title.en} · {title.zh} | {sure[key]} |"


def _never(found: list[Row]) -> Iterator[str]:
    yield "## Recorded and never held · 只作记录，不判定"
    yield ""
    for row in found:
        for rule in row.rules:
            if rule.never:
                yield (f"* row {row.number}, `{rule.profile}` `{rule.indicator}` "
                       f"{rule.target_text()} {row.facts['unit']}: "
                       f"{rule.never.en} {rule.never.zh}")  # fmt: skip


def _table(found: list[Row]) -> Iterator[str]:
    yield "## Row by row · 逐行对照"
    yield ""
    yield "| row | profile | inventory | value | year | rule | target | status |"
    yield "|---:|---|---|---|---|---|---|---|"
    for row in found:
        f = row.facts
        keys = [f"`{r.indicator}`" for r in row.rules]
        targets = [_held_to(rule) for rule in row.rules]
        status = [r.evidence + (", never held" if r.never else "") for r in row.rules]
        value = f"{f['comparator']} {f['value']} {f['unit']}".strip()
        cells = [str(row.number), f["profile"], f"`{f['indicator_id']}` {f['applies_to']}", value,
                 f["year"], "<br>".join(keys), "<br>".join(targets),
                 "<br>".join(dict.fromkeys(status))]  # fmt: skip
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _held_to(rule: Rule) -> str:
    """Return the target of a rule, and the parameters its clause states."""
    stated = f" (`{rule.stated_text()}`)" if rule.parameters else ""
    return (f"{rule.target_text()} {rule.unit}".strip() or "—") + stated


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
