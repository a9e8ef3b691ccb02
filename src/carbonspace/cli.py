"""The command line: demo, init, check, run, report, compare, areas and catalog.

Heavy imports happen inside the commands, so that asking for help costs nothing.
"""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from carbonspace.catalog_command import catalog
from carbonspace.compare_command import compare
from carbonspace.errors import InputError
from carbonspace.guard import INTERRUPTED, guarded, leave, say_interrupted
from carbonspace.init_command import init
from carbonspace.interrupt import listening, of_command
from carbonspace.model.progress import Step, json_line, share
from carbonspace.model.report import ALL, KINDS
from carbonspace.model.report import chosen as chosen_reports
from carbonspace.model.text import Text
from carbonspace.options import LANG, ON, PROGRESS, system_language
from carbonspace.report_command import report
from carbonspace.version import __version__

if TYPE_CHECKING:
    from carbonspace.model.assessment import Assessment, Evidence
    from carbonspace.model.finding import Finding
    from carbonspace.model.text import Lang

_NO_MATTER = ("plan", "out", "strict", "force", "progress", "lang")
_READING, _EVALUATING, _WRITING = (0.0, 0.05), (0.05, 0.88), (0.88, 1.0)
"""Which share of a run each stage is expected to be."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="carbonspace")
@LANG
@click.pass_context
def app(context: click.Context, lang: Lang | None) -> None:
    """详细规划空间管控指标 · Indicators and thresholds of detailed plans."""
    if lang is not None:
        context.default_map = {name: {"lang": lang} for name in app.commands}


app.add_command(compare)
app.add_command(catalog)
app.add_command(report)
app.add_command(init)


@app.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True,
              help="结果文件夹 · folder for the results")  # fmt: skip
@click.option("--indicator", "indicators", multiple=True, help="指标 · indicator key (repeatable)")
@click.option("--profile", "profiles", multiple=True, help="阈值方案 · profile key (repeatable)")
@click.option("--unit", "units", multiple=True, help="规划单元 · unit id (repeatable)")
@click.option("--evidence", type=click.Choice(["auto", "all", "short", "none"]), default="auto",
              show_default=True, help="依据：全部、仅未达标处、不写 · evidence: all, of what falls "
              "short, or none (auto: all up to 100,000 features)")  # fmt: skip
@click.option("--maps", is_flag=True, help="写出服务区图层（步行 5、10、15 分钟），并绘于"
              "单元页；每类目的地、每 100 公里可达街道约 2 秒 · service areas (5, 10, 15 min on "
              "foot) as layers and on the pages of units; about 2 s for each kind of goal and "
              "100 km of streets within reach")  # fmt: skip
@click.option("--report", "reports", multiple=True, type=click.Choice([*KINDS, ALL]),
              help="生成哪些报告（可多次给出；默认为 plan.toml 所写，否则 html）· which reports "
              "(repeatable; default: those of plan.toml, else html)")  # fmt: skip
@click.option("--strict", is_flag=True, help="约束性指标未达标，或有规则、填报值未采用时返回 1"
              " · exit 1 on a binding miss, or where a rule or figure was left out")  # fmt: skip
@click.option("--force", is_flag=True,
              help="未变化也重新计算 · compute even where nothing has changed")  # fmt: skip
@ON
@PROGRESS
@LANG
def run(
    plan: Path, out: Path, indicators: tuple[str, ...], profiles: tuple[str, ...],
    units: tuple[str, ...], on: date | None, evidence: Evidence, maps: bool,
    reports: tuple[str, ...], strict: bool, force: bool, progress: str, lang: Lang | None,
) -> None:  # fmt: skip
    """计算一个规划的指标并写出报告 · Evaluate a plan and write its reports."""
    from carbonspace.unchanged import earlier, request

    language = lang or system_language()
    chosen = {"indicators": indicators or None, "profiles": profiles or None,
              "units": units or None, "on": on}  # fmt: skip
    asked = request(plan, _options())
    done = None if force else earlier(out, asked)
    if done is not None:
        _say_unchanged(plan, out, progress, language, done.get("left_out", 0))
        missed = bool(done["misses_binding"] or done.get("left_out"))
    else:
        assessment = _assess(
            plan,
            out,
            progress,
            language,
            chosen,
            asked,
            evidence,
            maps,
            chosen_reports(reports) or None,
        )
        _show(assessment, out, language)
        missed = _misses_binding(assessment) or bool(_left_out(assessment))
    if strict and missed:
        sys.exit(1)


def _options() -> dict[str, Any]:
    """Return the options that the results hang on: all but those about how a run is shown."""
    given = click.get_current_context().params
    return {name: value.isoformat() if isinstance(value, date) else value
            for name, value in given.items() if name not in _NO_MATTER}  # fmt: skip


def _say_unchanged(plan: Path, out: Path, progress: str, lang: Lang, left_out: int) -> None:
    said = Text(
        f"未变化：数据、参数和版本都与 {out} 中的结果一致，未重新计算（--force 可强制计算）",
        f"unchanged: data, options and version are those of the results in {out}; "
        "nothing was computed (--force computes anyway)",
    )
    if progress == "json":
        click.echo(json_line(str(plan), Step(said, 1, 1), 0.0), err=True)
    click.echo(said.to(lang))
    if left_out:
        more = Text(f"其中有 {left_out} 处错误，所涉规则或填报值未采用：见 {out} 中的 findings 表",
                    f"{left_out} faults in rules or reported figures, which were left out: see "
                    f"the table findings in {out}")  # fmt: skip
        click.secho(more.to(lang), fg="red")


@app.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path),
              help="把问题写成图层与表格 · write the findings as layers and a table")  # fmt: skip
@ON
@LANG
def check(plan: Path, out: Path | None, on: date | None, lang: Lang | None) -> None:
    """检查数据，列出全部问题 · Look at the data and list every finding."""
    from carbonspace.outputs import usable_folder, write_findings
    from carbonspace.terminal import print_checked

    language = lang or system_language()
    if out is not None:
        usable_folder(out)
    findings, crs, usable = _looked_at(plan, on)
    if out is not None:
        write_findings(findings, crs, out)
    print_checked(findings, out, language)
    if not usable:
        sys.exit(InputError.exit_code)


def _looked_at(path: Path, on: date | None) -> tuple[tuple[Finding, ...], Any, bool]:
    """Return the findings about a plan, the CRS they lie in, and whether it can be measured."""
    from carbonspace.evaluation import checked
    from carbonspace.sources import read_as_found

    crs = None
    try:
        plan = read_as_found(path)
        crs = plan.settings.crs
        ready = checked(plan, on=on)
    except InputError as error:
        return error.findings, crs, False
    return ready.findings, ready.layers["units"].crs, True


@app.command()
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
def areas(
    plan: Path, goals: tuple[str, ...], minutes: str | None, width: float | None, out: Path,
    force: bool, progress: str, lang: Lang | None,
) -> None:  # fmt: skip
    """绘制步行服务区，不计算指标 · Map from where goals can be walked to, and measure nothing."""
    from carbonspace.evaluation import walked_to
    from carbonspace.outputs import give_up, usable_file, write_service_areas
    from carbonspace.sources import read_plan
    from carbonspace.terminal import print_areas, shown_progress

    language = lang or system_language()
    asked = _maps_asked(minutes, width, language)
    usable_file(out, replace=force)
    interrupt = of_command()
    interrupt.at_last(functools.partial(give_up, out))
    with shown_progress(progress, str(plan), language) as teller:
        interrupt.at_last(teller.close)
        read = read_plan(plan)
        maps = replace(read.maps, **asked)
        found = walked_to(read, goals, maps, progress=interrupt.checking(teller))
    print_areas(found, write_service_areas(found, out, replace=force), language)


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
        raise click.UsageError(wanted.to(lang))
    if width is not None and not is_width(width):
        said = Text(f"--width {width:g} 不可用：应为大于 0 的米数。",
                    f"--width {width:g} cannot be used: expected metres above 0.")  # fmt: skip
        raise click.UsageError(said.to(lang))
    given = {"minutes": limits, "width": width}
    return {name: one for name, one in given.items() if one is not None}


@app.command()
@click.option("--sample", "samples", multiple=True, help="示例名 · sample name (repeatable)")
@click.option("--out", type=click.Path(path_type=Path), default=Path("carbonspace-demo"),
              show_default=True, help="结果文件夹 · folder for the results")  # fmt: skip
@PROGRESS
@LANG
def demo(samples: tuple[str, ...], out: Path, progress: str, lang: Lang | None) -> None:
    """用自带示例演示 · Evaluate the samples that come with carbonspace."""
    from carbonspace.sources.samples import sample_names, sample_plan

    language = lang or system_language()
    for name in samples or sample_names():
        assessment = _assess(sample_plan(name), out / name, progress, language)
        _show(assessment, out / name, language)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal in GBK has no ✗
    lang = _asked_language(given)
    with listening(INTERRUPTED) as interrupt:
        interrupt.at_last(functools.partial(say_interrupted, lang))
        action = functools.partial(
            app, args=given, prog_name="carbonspace", standalone_mode=False, obj=interrupt
        )
        code = guarded(action, lang, interrupt)
    if interrupt.asked:
        leave(code)
    sys.exit(code)


def _asked_language(arguments: Sequence[str]) -> Lang:
    """Return the language of messages, also where the command never came to run."""
    for before, value in pairwise(["", *arguments]):
        named = value.removeprefix("--lang=") if value.startswith("--lang=") else value
        if (before == "--lang" or named != value) and named in ("zh", "en"):
            return "zh" if named == "zh" else "en"
    return system_language()


def _assess(
    plan: Path, out: Path, progress: str, lang: Lang,
    chosen: Mapping[str, Any] | None = None, request: Mapping[str, Any] | None = None,
    evidence: Evidence = "auto", maps: bool = False, reports: tuple[str, ...] | None = None,
) -> Assessment:  # fmt: skip
    """Evaluate a plan and write the results; `request` is noted with them for the next time."""
    from carbonspace.evaluation import evaluate
    from carbonspace.folder import abandon
    from carbonspace.outputs import refuse_if_lacking, usable_folder, write_results
    from carbonspace.sources import read_as_found
    from carbonspace.terminal import shown_progress

    usable_folder(out)
    refuse_if_lacking(reports or ())
    interrupt = of_command()
    interrupt.at_last(functools.partial(abandon, out))
    with shown_progress(progress, str(plan), lang) as teller:
        interrupt.at_last(teller.close)
        tell = interrupt.checking(teller)
        read = read_as_found(plan, progress=share(tell, *_READING))
        assessment = evaluate(read, **(chosen or {}), progress=share(tell, *_EVALUATING))
        noted = {"misses_binding": _misses_binding(assessment),
                 "left_out": _left_out(assessment), "request": request}  # fmt: skip
        assessment = replace(assessment, run={**assessment.run, **noted})
        write_results(assessment, out, evidence=evidence, maps=maps or None, reports=reports,
                      progress=share(tell, *_WRITING))  # fmt: skip
        tell(Step(Text("完成", "Done"), 1.0, 1.0))
    return assessment


def _show(assessment: Assessment, out: Path, lang: Lang) -> None:
    from carbonspace.terminal import print_assessment

    print_assessment(assessment, out, lang)


def _left_out(assessment: Assessment) -> int:
    """Return how many faults cost a rule, a profile or a reported figure."""
    return int((assessment.findings["severity"] == "error").sum())


def _misses_binding(assessment: Assessment) -> bool:
    rows = assessment.table[assessment.table["status"] == "not_met"]
    return any(
        assessment.profiles[row.profile].rules[int(row.rule)].binding for row in rows.itertuples()
    )


if __name__ == "__main__":
    main()
