"""What is said about plans of several zones, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence

from carbonspace.model.finding import Finding
from carbonspace.model.text import Text

_ZONE = Text("三度带或六度带的投影坐标系（米），如 EPSG:4547",
             "a projected CRS of a 3 or 6 degree zone in metres, such as EPSG:4547")  # fmt: skip


def unknown(stated: str, key: str = "zones") -> Finding:
    """Return the fault that a CRS of the plan does not exist."""
    return Finding(
        "error", "plan", Text(f"无法识别 {key} 中的坐标系", f"A CRS of {key} is not known"),
        repr(stated), _ZONE, Text(f"改正 plan.toml 的 {key}。", f"Correct {key} in plan.toml."),
    )  # fmt: skip


def not_metres(key: str, found: str) -> Finding:
    """Return the fault that a CRS of the plan is not one in metres."""
    what = Text(
        f"不能在 {key} 的坐标系中量算或制图：须以米为单位",
        f"Nothing can be measured or drawn in the CRS of {key}: metres are needed",
    )
    action = Text(f"在 plan.toml 的 {key} 中改写为分带投影坐标系。",
                  f"Write the projected CRS of a zone under {key} in plan.toml.")  # fmt: skip
    return Finding("error", "plan", what, found, _ZONE, action)


def no_meridian(found: str) -> Finding:
    """Return the fault that a CRS has no central meridian, and so is no zone."""
    return Finding(
        "error", "plan", Text("zones 中的坐标系不是高斯-克吕格分带",
                              "A CRS of zones is no zone of a transverse Mercator grid"),
        found, _ZONE, Text("在 plan.toml 的 zones 中改写为分带投影坐标系。",
                           "Write the CRS of a zone under zones in plan.toml."),
    )  # fmt: skip


def twice(one: str, other: str) -> Finding:
    """Return the fault that two CRSs of the plan are one zone."""
    return Finding(
        "error", "plan", Text("zones 中两个坐标系的中央经线相同",
                              "Two CRSs of zones have the same central meridian"),
        f"{one}; {other}", Text("每条中央经线一个坐标系", "one CRS for each central meridian"),
        Text("从 zones 中删去其一（带带号或不带带号只留一种）。",
             "Remove one of them from zones (with or without the prefix of the zone, not both)."),
    )  # fmt: skip


def frames(found: Sequence[str]) -> Finding:
    """Return the fault that the zones are of several datums."""
    return Finding(
        "error", "plan",
        Text("zones 中的坐标系基准不同", "The CRSs of zones are of several datums"),
        "; ".join(found), Text("同一基准（如 CGCS2000）", "one datum, such as CGCS2000"),
        Text("在 zones 中只写同一基准的坐标系；图层仍可存于其他基准。",
             "Name CRSs of one datum under zones; layers may be stored in another."),
    )  # fmt: skip


def no_units() -> Finding:
    """Return the fault that zones need units that are drawn."""
    return Finding(
        "error", "units", Text("按带量算须有单元图层", "Zones need the units as a layer"),
        Text("没有 [layers.units]", "no [layers.units]"), Text("单元图层", "a layer of units"),
        Text("给出 [layers.units]，或删去 zones 并写明一个 crs。",
             "Give [layers.units], or remove zones and state one crs."),
    )  # fmt: skip


def not_listed(unit: str, said: str, listed: Sequence[str], *, exists: bool) -> Finding:
    """Return the fault that a unit states a CRS that is none, or none of the plan's."""
    what = (Text("单元所写坐标系不在 zones 中", "The unit states a CRS that zones does not name")
            if exists else
            Text("单元所写坐标系无法识别", "The unit states a CRS that is not known"))  # fmt: skip
    names = ", ".join(listed)
    add = (Text(f"把 {said} 加入 zones，或", f"Add {said} to zones, or ") if exists
           else Text("", ""))  # fmt: skip
    action = Text(f"{add.zh}改正该单元的 crs；留空则按经度归带。",
                  f"{add.en}correct crs of the unit; left empty, its longitude "
                  "decides.")  # fmt: skip
    if not exists:
        action = Text(action.zh, action.en[0].upper() + action.en[1:])
    return Finding("error", "units", what, repr(said),
                   Text(f"其一：{names}", f"one of {names}"), action, unit)  # fmt: skip


def nowhere(unit: str, longitude: float, listed: Sequence[str], better: str) -> Finding:
    """Return the fault that a unit lies in no zone of the plan."""
    names = ", ".join(listed)
    return Finding(
        "error", "units", Text("单元不在任何一带内", "The unit lies in no zone of the plan"),
        Text(f"经度 {longitude:.6f}°", f"longitude {longitude:.6f}°"),
        Text(f"在 {names} 的带内", f"within the strip of {names}"),
        Text(f"把 {better} 加入 zones，或在单元字段 crs 中写明其坐标系。",
             f"Add {better} to zones, or state the unit's CRS in its column crs."), unit,
    )  # fmt: skip


def far(unit: str, stated: str, longitude: float, other: str) -> Finding:
    """Return that a unit states a CRS whose meridian lies far away."""
    return Finding(
        "warning", "units", Text("单元所写坐标系的中央经线距单元很远",
                                 "The unit states a CRS whose meridian lies far away"),
        Text(f"{stated}，经度 {longitude:.6f}°", f"{stated}, longitude {longitude:.6f}°"),
        Text(f"{other}（按经度）", f"{other}, by its longitude"),
        Text("已按单元所写量算；请核对字段 crs。",
             "It was measured as it states; check its column crs."), unit,
    )  # fmt: skip


def one_crs_only() -> Finding:
    """Return the fault that a plan of several zones is asked for what has one CRS."""
    return Finding(
        "error", "plan",
        Text("此操作不支持多带规划", "A plan of several zones cannot be used here"),
        Text("写有 zones", "zones are named"), Text("一个 crs", "one crs"),
        Text("用 carbonspace run（不带 --cluster）或 check；其他操作请删去 zones 并写明一个 crs。",
             "Use carbonspace run (without --cluster) or check; for all else remove zones and "
             "state one crs."),
    )  # fmt: skip


def measured_in(groups: Sequence[tuple[str, int]], shown: str) -> Finding:
    """Return in which CRSs units were measured, and in which maps are drawn."""
    zh = "；".join(f"{name}：{count} 个单元" for name, count in groups)
    en = "; ".join(f"{name}: {count} units" for name, count in groups)
    return Finding(
        "note", "units", Text("单元各在所属带的坐标系中量算",
                              "Each unit is measured in the CRS of its zone"),
        Text(zh, en), Text(f"图形以 {shown} 表示", f"shapes are shown in {shown}"),
        Text("各单元的坐标系见字段 crs。", "The column crs has that of each unit."),
    )  # fmt: skip


def hang_on_all(keys: Sequence[str], percent: float) -> Finding:
    """Return that indicators hang on the whole plan, of which no CRS is true everywhere."""
    return Finding(
        "warning", "plan", Text("指标取决于整个规划，多带时没有精确值",
                                "Indicators that hang on the whole plan have no exact figure in "
                                "several zones"),
        ", ".join(keys), Text("一个坐标系", "one CRS"),
        Text(f"各单元的数值按整个规划在其坐标系中量算，带外长度偏差至多 {percent:.2f} %；"
             "全市为各单元之和。",
             "Those of a unit are of the whole plan in the unit's CRS, in which lengths in other "
             f"zones are off by up to {percent:.2f} %; the city's are the sum of the units'."),
    )  # fmt: skip


def no_city() -> Finding:
    """Return that the city has no rows, because its units do not tile it."""
    return Finding(
        "warning", "city", Text("多带规划没有全市的行", "In several zones the city has no rows"),
        Text("单元之间有重叠、缝隙，或曾修正", "units overlap, leave gaps, or were mended"),
        Text("单元恰好拼成全市", "units that tile the city"),
        Text("修正单元边界后，全市为各单元之和。",
             "Mend the borders of the units; the city is then the sum of its units."),
    )  # fmt: skip


def ledger_of_area() -> Finding:
    """Return what the ledger of a plan of several zones has."""
    return Finding(
        "note", "city", Text("多带规划的守恒表只有面积",
                             "In several zones the ledger has the area alone"),
        Text("各带单元在本带坐标系中的面积之和", "areas of each zone's units in its CRS, summed"),
        Text("全部数量", "all quantities"), Text("无需处理。", "Nothing is to be done."),
    )  # fmt: skip


def no_images(keys: Sequence[str]) -> Finding:
    """Return that images are not written."""
    return Finding(
        "note", "plan", Text("多带规划不写出栅格图", "In several zones no images are written"),
        ", ".join(keys), Text("一个坐标系", "one CRS"),
        Text("需要栅格图时，请按带分别评估。", "Evaluate zone by zone where images are needed."),
    )  # fmt: skip


def no_maps() -> Finding:
    """Return that service areas are not drawn."""
    return Finding(
        "note", "plan", Text("多带规划不写出服务区", "In several zones no service areas are drawn"),
        Text("plan.toml 要求服务区", "plan.toml asks for them"), Text("一个坐标系", "one CRS"),
        Text("需要服务区时，请按带分别评估。",
             "Evaluate zone by zone where service areas are needed."),
    )  # fmt: skip


def read_apart(layer: str, column: str) -> Finding:
    """Return the fault that a column looks as if it were in other units in another zone."""
    return Finding(
        "error", layer, Text("字段在各带中被认作不同的单位",
                             "In different zones a column is read in different units"),
        column, Text("各带相同", "the same in all zones"),
        Text(f"在 [layers.{layer}.units] 中写明 {column} 的单位。",
             f"State the unit of {column} under [layers.{layer}.units]."),
    )  # fmt: skip
