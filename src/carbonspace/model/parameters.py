"""What each parameter means, by name: one name means one thing in every indicator."""

from __future__ import annotations

from carbonspace.model.text import Text

PARAMETERS: dict[str, Text] = {
    "radius": Text("服务半径", "Service radius"),
    "min_area": Text("计入的最小面积", "Smallest area that counts"),
    "homes": Text("居住用地代码", "Land-use codes of homes"),
    "quad_segs": Text("四分之一圆的分段数", "Segments of a quarter circle"),
    "tiers": Text("规模分级（最小面积，服务半径）", "Size classes (smallest area, radius)"),
    "road_classes": Text("计入的道路等级", "Road classes that count"),
    "land_classes": Text("区分的用地类别代码", "Land-use classes told apart (codes)"),
    "base": Text("分母面积", "Area of the denominator"),
    "boundary_tolerance": Text("边界道路容差", "Tolerance for boundary roads"),
    "dual_gap": Text("双幅路最大间距", "Widest gap between twin carriageways"),
    "modes": Text("交通方式", "Transit modes"),
    "of": Text("覆盖对象", "Who is counted"),
    "corridor_class": Text("廊道等级", "Corridor class"),
    "snap": Text("连通容差", "Tolerance for being connected"),
    "direction": Text("走向", "Direction"),
    "overlap_gap": Text("重合判定距离", "Distance within which lines overlap"),
    "charger_distance": Text("充电设施距离", "Distance to a charging site"),
    "min_share": Text("最小占比", "Smallest share"),
    "fine_uses": Text("按细类判定主导用途的用地代码", "Land uses whose main use is the full code"),
    "min_known": Text("用途已知的最小占比", "Smallest share of known use"),
    "worker_share": Text("就业人口占常住人口比例", "Workers among residents"),
    "uses": Text("建筑用途代码", "Building uses (codes)"),
    "coefficients": Text("可利用屋顶系数", "Usable-roof coefficients"),
    "new_only": Text("仅计新建建筑", "New buildings only"),
    "denominator": Text("分母", "Denominator"),
    "min_height": Text("计为树冠的高度（高于）", "Height above which there is a crown"),
    "min_covered": Text("栅格已知的最小占比", "Smallest share known from the raster"),
    "min_ndvi": Text("计为植被的最小指数", "Smallest index of vegetation"),
    "green_covers": Text("计为绿化的地表类型", "Land covers that are green"),
    "sealed_covers": Text("不透水的地表类型", "Land covers that are sealed"),
    "storey_height": Text("层高（高度未知时按层数推算）", "Height of a storey"),
    "definition": Text("可利用屋顶的定义", "Definition of usable roof"),
    "day": Text("计算日", "Day"),
    "cell": Text("计算像元边长", "Side of a cell"),
    "step": Text("时间步长", "Time step"),
    "deductions": Text("屋顶扣除（退让、障碍物、最小片）", "What is taken off roofs first"),
    "min_sun": Text("最少日照时数", "Fewest hours of sun"),
    "min_irradiation": Text("最低年辐照量", "Least irradiation in a year"),
    "open_spaces": Text("开放空间用地代码", "Land-use codes of open space"),
}

WORDS: dict[str, Text] = {
    "coefficient": Text("按类型与用途的系数", "a coefficient by roof type and use"),
    "total": Text("全部屋顶", "all of the roof"),
    "sunlit": Text("按日照时数", "by hours of sun"),
    "irradiation": Text("按年辐照量", "by irradiation in a year"),
    "great_cold": Text("大寒日", "Great Cold"),
    "winter_solstice": Text("冬至日", "winter solstice"),
    "spring_equinox": Text("春分日", "spring equinox"),
    "summer_solstice": Text("夏至日", "summer solstice"),
}
"""What coded values mean that people meet beside a figure."""
