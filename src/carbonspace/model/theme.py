"""The themes indicators belong to, in the order people read them."""

from __future__ import annotations

from carbonspace.model.text import Text

THEMES: dict[str, Text] = {
    "roads": Text("道路", "Roads"),
    "streets": Text("街道与街坊", "Streets and blocks"),
    "parks": Text("公园绿地", "Parks"),
    "transit": Text("公共交通", "Public transport"),
    "cycling": Text("慢行与自行车", "Walking and cycling"),
    "facilities": Text("公共服务设施", "Community facilities"),
    "infrastructure": Text("市政设施", "Infrastructure"),
    "parking": Text("停车与充电", "Parking and charging"),
    "mixed_use": Text("用地混合", "Mixed use"),
    "land": Text("用地与绿地", "Land and green space"),
    "density": Text("密度", "Density"),
    "parcels": Text("地块", "Parcels"),
    "blocks": Text("居住街坊与生活圈", "Residential blocks and life circles"),
    "buildings": Text("建筑", "Buildings"),
    "control": Text("控制线与廊道", "Control lines and corridors"),
    "communities": Text("社区", "Communities"),
    "carbon": Text("碳排放", "Carbon"),
    "solar": Text("屋顶光伏", "Solar roofs"),
    "sunlight": Text("日照", "Sunlight"),
    "green": Text("绿化与地表", "Green cover and ground"),
    "reported": Text("填报指标（非计算）", "Reported figures, not computed"),
}


def theme_title(theme: str) -> Text:
    """Return the title of a theme; a theme nobody has named shows its key."""
    return THEMES.get(theme, Text(theme, theme.replace("_", " ").capitalize()))
