"""What a kilowatt-hour from the grid emits: published factors by region and year.

They are those of 生态环境部 and 国家统计局, as carried in public tables; what each rests on stands
beside it in `grid_factors.csv`. A factor is the average of all power of a region.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from carbonspace.errors import UnknownNameError
from carbonspace.model.tables import rows_of
from carbonspace.model.text import Text

Status = Literal["verified", "partial", "memory"]

NATION, NEWEST = "全国", "newest"

STATUSES: dict[Status, Text] = {
    "verified": Text("已核实", "verified"),
    "partial": Text("部分核实", "partly verified"),
    "memory": Text("未核实", "from memory, unverified"),
}


class Factor(NamedTuple):
    """One factor, kg CO₂ per kWh, and how sure it is."""

    region: Text
    year: int
    kg_per_kwh: float
    status: Status
    source: str

    @property
    def words(self) -> Text:
        """What was taken, for people: `山西 2022，0.7096 kg/kWh（部分核实）`."""
        status, value = STATUSES[self.status], f"{self.kg_per_kwh:.4f} kg/kWh"
        return Text(f"{self.region.zh} {self.year}，{value}（{status.zh}）",
                    f"{self.region.en} {self.year}, {value} ({status.en})")  # fmt: skip


def _factors() -> tuple[Factor, ...]:
    return tuple(
        Factor(Text(row["region_zh"], row["region_en"]), int(row["year"]),
               float(row["kg_co2_per_kwh"]), row["status"], row["source"])  # type: ignore[arg-type]
        for row in rows_of("grid_factors.csv")
    )  # fmt: skip


FACTORS = _factors()
"""Every factor, in the order of the file."""

REGIONS = tuple(dict.fromkeys(name for one in FACTORS for name in one.region))
"""The names of all regions, Chinese and English."""


def factor_of(region: str, year: int | str = NEWEST) -> Factor:
    """Return the factor of a region in a year, or its newest.

    Raises
    ------
    UnknownNameError
        For a region or a year of it that the table has not: with all it has.
    """
    known = [one for one in FACTORS if region in one.region]
    if not known:
        zh = "、".join(dict.fromkeys(one.region.zh for one in FACTORS))
        en = ", ".join(dict.fromkeys(one.region.en for one in FACTORS))
        raise UnknownNameError(
            f"grid_region = {region!r} has no emission factor; it can be: {en}",
            f"grid_region = {region!r} 没有电力排放因子；可取：{zh}",
        )
    wanted = max(one.year for one in known) if year == NEWEST else year
    found = next((one for one in known if one.year == wanted), None)
    if found is None:
        years = ", ".join(str(one.year) for one in known)
        raise UnknownNameError(
            f"grid_year = {year} has no emission factor for {known[0].region.en}; "
            f"there is: {years}, or {NEWEST!r}",
            f"{known[0].region.zh}没有 grid_year = {year} 的电力排放因子；"
            f"可取：{years}，或 {NEWEST!r}",
        )
    return found
