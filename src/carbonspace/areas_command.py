"""`carbonspace areas`: from where goals can be walked to, without measuring anything."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonspace.documents import print_document
from carbonspace.interrupt import of_command
from carbonspace.model.text import Text
from carbonspace.options import LANG, MANNER, PROGRESS, Misused, progress_in, system_language
from carbonspace.stated import plan_toml

if TYPE_CHECKING:
    from carbonspace.model.maps import Walks
    from carbonspace.model.text import Lang
    from carbonspace.options import Manner


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--goal", "goals", multiple=True, required=True,
              help="目的地（可多次给出）· what is walked to (repeatable): parks, stations, "
              "bus_stops, kindergarten, primary_school, clinic, market …")  # fmt: skip
@click.option("--minutes", help="递增的步行分钟数 · minutes on foot, rising "
              "(default: those of plan.toml, else 5,10,15)")  # fmt: skip
@click.option("--width", type=float, help="街道两侧各画多少米 · metres to either side of streets "
              "(default: that of plan.toml, else 20)")  # fmt: skip
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("areas.gpkg"),
              show_default=True, help="写到哪里 · where to write it")  # fmt: skip
@click.option("--force", is_flag=True, help="替换已有文件 · replace a file that is there")
@PROGRESS
@LANG
@MANNER
def areas(
    plan: Path, goals: tuple[str, ...], minutes: str | None, width: float | None, out: Path,
    force: bool, progress: str, lang: Lang | None, manner: Manner,
) -> None:  # fmt: skip
    """绘制步行服务区，不计算指标 · Map from where goals can be walked to, and measure nothing."""
    from carbonspace.evaluation import walked_to
    from carbonspace.outputs import give_up, usable_file, write_service_areas
    from carbonspace.sources import read_plan
    from carbonspace.terminal import print_areas, shown_progress

    language = lang or system_language()
    asked = _maps_asked(minutes, width, language)
    usable_file(out, replace=force)
    plan = plan_toml(plan, language, manner)
    interrupt = of_command()
    interrupt.at_last(functools.partial(give_up, out))
    with shown_progress(progress_in(manner, progress), str(plan), language) as teller:
        interrupt.at_last(teller.close)
        read = read_plan(plan)
        maps = replace(read.maps, **asked)
        found = walked_to(read, goals, maps, progress=interrupt.checking(teller))
    file = write_service_areas(found, out, replace=force)
    if manner == "json":
        print_document("areas", {"path": str(plan), "file": str(file),
                                 "goals": [_told(one) for one in found]})  # fmt: skip
    elif manner == "people":
        print_areas(found, file, language)


def _told(one: Walks) -> dict[str, Any]:
    """Return from how much street and ground a goal can be walked to, the shortest walk first."""
    rows = one.areas.iloc[::-1]
    areas = [{name: float(row[name]) for name in ("minutes", "street_m", "area_m2")}
             for row in rows[["minutes", "street_m", "area_m2"]].to_dict("records")]  # fmt: skip
    return {"goal": one.key, "title": one.title._asdict(), "indicators": list(one.indicators),
            "areas": areas, "missed": [str(place) for place in one.missed]}  # fmt: skip


def _maps_asked(minutes: str | None, width: float | None, lang: Lang) -> dict[str, Any]:
    """Return what the command line says of maps on top of the plan."""
    from carbonspace.model.maps import LONGEST, are_minutes, is_width

    try:
        limits = None if minutes is None else tuple(map(float, minutes.split(",")))
    except ValueError:
        limits = ()
    wanted = Text(f"--minutes {minutes} 不可用：应为递增的分钟数，大于 0、不超过 {LONGEST:g}，"
                  "用逗号分隔，如 5,10,15。",
                  f"--minutes {minutes} cannot be used: expected minutes that rise, above 0 and up "
                  f"to {LONGEST:g}, with commas between, as 5,10,15.")  # fmt: skip
    if limits is not None and not are_minutes(limits):
        raise Misused(wanted, lang)
    if width is not None and not is_width(width):
        said = Text(f"--width {width:g} 不可用：应为大于 0 的米数。",
                    f"--width {width:g} cannot be used: expected metres above 0.")  # fmt: skip
        raise Misused(said, lang)
    given = {"minutes": limits, "width": width}
    return {name: one for name, one in given.items() if one is not None}
