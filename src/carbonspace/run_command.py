"""`carbonspace run` and `demo`: plans evaluated, and what came of them written and told."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carbonspace.cluster_options import CLUSTER, NAMES, told_aside
from carbonspace.documents import print_document
from carbonspace.interrupt import of_command
from carbonspace.model.progress import Step, json_line, share
from carbonspace.model.report import ALL, KINDS
from carbonspace.model.report import chosen as chosen_reports
from carbonspace.model.text import Text
from carbonspace.options import (
    LANG,
    MANNER,
    ON,
    PROGRESS,
    Misused,
    progress_in,
    system_language,
)
from carbonspace.stated import plan_toml

if TYPE_CHECKING:
    from carbonspace.cluster_options import OnCluster
    from carbonspace.model.assessment import Assessment, Evidence
    from carbonspace.model.progress import Progress
    from carbonspace.model.text import Lang
    from carbonspace.options import Manner

_NO_MATTER = ("plan", "out", "strict", "force", "progress", "lang", "quiet", "as_json", *NAMES)
_READING, _EVALUATING, _WRITING = (0.0, 0.05), (0.05, 0.88), (0.88, 1.0)
"""Which share of a run each stage is expected to be."""


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path),
              help="结果文件夹 · folder for the results  [required, but for --plan]")  # fmt: skip
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
@CLUSTER
@PROGRESS
@LANG
@MANNER
def run(
    plan: Path, out: Path | None, indicators: tuple[str, ...], profiles: tuple[str, ...],
    units: tuple[str, ...], on: date | None, evidence: Evidence, maps: bool,
    reports: tuple[str, ...], strict: bool, force: bool, progress: str, lang: Lang | None,
    manner: Manner, on_cluster: OnCluster | None,
) -> None:  # fmt: skip
    """计算一个规划的指标并写出报告 · Evaluate a plan and write its reports."""
    from carbonspace.unchanged import earlier, request

    language, shown = lang or system_language(), progress_in(manner, progress)
    plan = plan_toml(plan, language, manner)
    chosen = {"indicators": indicators or None, "profiles": profiles or None,
              "units": units or None, "on": on}  # fmt: skip
    _refuse_what_zones_lack(plan, maps, on_cluster is not None)
    if on_cluster is not None:
        if units:
            raise Misused(Text("分块计算（--cluster）没有 --unit：请去掉，或不用 --cluster 计算",
                               "by tiles (--cluster) there is no --unit: leave it out, or compute "
                               "without --cluster"))  # fmt: skip
        if on_cluster.only_plan:
            _tell_estimate(plan, {**chosen, **on_cluster.sizes}, language, manner)
            return
    if out is None:
        raise Misused(Text("缺少选项 --out：结果写到哪个文件夹",
                           "Missing option '--out': the folder for the results"))  # fmt: skip
    asked = request(plan, {**_options(), **({"by_tiles": True} if on_cluster else {})})
    done = None if force else earlier(out, asked)
    if done is not None:
        code = int(strict and bool(done["misses_binding"] or done.get("left_out")))
        _tell_unchanged(plan, out, done, shown, language, manner, code)
    else:
        assessment = _assess(plan, out, shown, language, chosen, asked, evidence, maps,
                             chosen_reports(reports) or None, on_cluster)  # fmt: skip
        code = int(strict and (_misses_binding(assessment) or bool(_left_out(assessment))))
        _tell(assessment, plan, out, language, manner, code)
    sys.exit(code)


@click.command()
@click.option("--sample", "samples", multiple=True, help="示例名 · sample name (repeatable)")
@click.option("--out", type=click.Path(path_type=Path), default=Path("carbonspace-demo"),
              show_default=True, help="结果文件夹 · folder for the results")  # fmt: skip
@PROGRESS
@LANG
@MANNER
def demo(
    samples: tuple[str, ...], out: Path, progress: str, lang: Lang | None, manner: Manner
) -> None:
    """用自带示例演示 · Evaluate the samples that come with carbonspace."""
    from carbonspace.sources.samples import sample_names, sample_plan

    language, runs = lang or system_language(), list[dict[str, Any]]()
    for name in samples or sample_names():
        plan = sample_plan(name)
        assessment = _assess(plan, out / name, progress_in(manner, progress), language)
        if manner == "json":
            runs.append({"sample": name, **_facts(assessment, plan, out / name)})
        else:
            _tell(assessment, plan, out / name, language, manner, 0)
    if manner == "json":
        print_document("demo", {"runs": runs})


def _tell_estimate(plan: Path, chosen: Mapping[str, Any], lang: Lang, manner: Manner) -> None:
    """Tell what tiles would come to; nothing is computed."""
    from carbonspace.cluster.estimate import TileSize, estimate
    from carbonspace.sources.planfile import plan_file
    from carbonspace.tiled import sizes_of

    asked = {name: one for name, one in chosen.items() if name != "units"}
    found = estimate(TileSize(*one) for one in sizes_of(plan_file(plan), **asked))
    if manner == "json":
        print_document("run", {"path": str(plan), "estimate": found._asdict()})
    elif manner == "people":
        click.echo("\n".join(line.to(lang) for line in found.said()))


def _options() -> dict[str, Any]:
    """Return the options that the results hang on: all but those about how a run is shown."""
    given = click.get_current_context().params
    return {name: value.isoformat() if isinstance(value, date) else value
            for name, value in given.items() if name not in _NO_MATTER}  # fmt: skip


def _tell_unchanged(
    plan: Path, out: Path, done: Mapping[str, Any], progress: str, lang: Lang, manner: Manner,
    code: int,
) -> None:  # fmt: skip
    """Tell that the results are there already, and what they are if a program asks."""
    said = Text(
        f"未变化：数据、参数和版本都与 {out} 中的结果一致，未重新计算（--force 可强制计算）",
        f"unchanged: data, options and version are those of the results in {out}; "
        "nothing was computed (--force computes anyway)",
    )
    if progress == "json":
        click.echo(json_line(str(plan), Step(said, 1, 1), 0.0), err=True)
    if manner == "people":
        click.echo(said.to(lang))
    if left_out := done.get("left_out", 0):
        more = Text(f"其中有 {left_out} 处错误，所涉规则或填报值未采用：见 {out} 中的 findings 表",
                    f"{left_out} faults in rules or reported figures, which were left out: see "
                    f"the table findings in {out}")  # fmt: skip
        click.secho(more.to(lang), fg="red", err=manner != "people")
    if manner == "json":
        print_document("run", _facts(None, plan, out), code)


def _tell(
    assessment: Assessment, plan: Path, out: Path, lang: Lang, manner: Manner, code: int
) -> None:
    """Tell what came of a plan; that something was left out is told whoever listens."""
    from carbonspace.outputs import files_of, pages_of
    from carbonspace.terminal import print_assessment, print_left_out

    if manner == "people":
        pages = pages_of(assessment.table, out)
        print_assessment(assessment, lang, files=files_of(out), pages=pages)
        return
    print_left_out(assessment.findings, lang, to_stderr=True)
    if manner == "json":
        print_document("run", _facts(assessment, plan, out), code)


def _facts(assessment: Assessment | None, plan: Path, out: Path) -> dict[str, Any]:
    """Return what a program is told of a run: of results that were there already, or made now."""
    from carbonspace.catalogue import indicators
    from carbonspace.outputs import brief_of, read_brief, told

    brief = read_brief(out, indicators()) if assessment is None else brief_of(assessment, out)
    return {"path": str(plan), "unchanged": assessment is None, **told(brief, out)}


def _assess(
    plan: Path, out: Path, progress: str, lang: Lang,
    chosen: Mapping[str, Any] | None = None, request: Mapping[str, Any] | None = None,
    evidence: Evidence = "auto", maps: bool = False, reports: tuple[str, ...] | None = None,
    on_cluster: OnCluster | None = None,
) -> Assessment:  # fmt: skip
    """Evaluate a plan and write the results; `request` is noted with them for the next time."""
    from carbonspace.folder import abandon
    from carbonspace.outputs import refuse_if_lacking, usable_folder, write_results
    from carbonspace.sources.connection import one_picture
    from carbonspace.terminal import shown_progress

    usable_folder(out)
    refuse_if_lacking(reports or ())
    interrupt = of_command()
    interrupt.at_last(partial(abandon, out))
    moment = one_picture() if on_cluster is not None else nullcontext()
    with shown_progress(progress, str(plan), lang) as teller, moment:
        interrupt.at_last(teller.close)
        tell = interrupt.checking(teller)
        if on_cluster is None:
            assessment = _evaluated(plan, chosen or {}, tell)
        else:
            assessment = _evaluated_by_tiles(plan, out, on_cluster, chosen or {}, tell, lang)
        noted = {"misses_binding": _misses_binding(assessment),
                 "left_out": _left_out(assessment), "request": request}  # fmt: skip
        assessment = replace(assessment, run={**assessment.run, **noted})
        write_results(assessment, out, evidence=evidence, maps=maps or None, reports=reports,
                      progress=share(tell, *_WRITING))  # fmt: skip
        tell(Step(Text("完成", "Done"), 1.0, 1.0))
    if on_cluster is not None and on_cluster.tiles is None:
        shutil.rmtree(on_cluster.folder(out), ignore_errors=True)
    return assessment


def _evaluated(plan: Path, chosen: Mapping[str, Any], tell: Progress) -> Assessment:
    from carbonspace.sources import read_as_found
    from carbonspace.zoned import evaluate_zones

    read = read_as_found(plan, progress=share(tell, *_READING))
    return evaluate_zones(read, **chosen, progress=share(tell, *_EVALUATING))


def _evaluated_by_tiles(
    plan: Path, out: Path, on_cluster: OnCluster, chosen: Mapping[str, Any], tell: Progress,
    lang: Lang,
) -> Assessment:  # fmt: skip
    from carbonspace.sources.planfile import plan_file
    from carbonspace.tiled import evaluate_tiled

    given = {**chosen, **on_cluster.sizes}
    asked = {name: one for name, one in given.items() if name != "units"}
    file = plan_file(plan).absolute()
    folder = on_cluster.folder(out)
    with on_cluster.executor(file, folder, told_aside(lang)) as executor:
        return evaluate_tiled(file, executor=executor, folder=folder, **asked,
                              progress=share(tell, 0.0, _EVALUATING[1]))  # fmt: skip


def _refuse_what_zones_lack(plan: Path, maps: bool, is_cluster: bool) -> None:
    asked = {"--maps": maps, "--cluster": is_cluster}
    if not (listed := ", ".join(name for name, is_asked in asked.items() if is_asked)):
        return
    from carbonspace.sources.planfile import plan_file, table_of, text_of

    if table_of(text_of(plan_file(plan))).get("zones"):
        raise Misused(Text(f"多带规划（zones）没有 {listed}：请去掉，或按带分别评估",
                           f"in several zones there is no {listed}: leave it out, or evaluate "
                           "zone by zone"))  # fmt: skip


def _left_out(assessment: Assessment) -> int:
    """Return how many faults cost a rule, a profile or a reported figure."""
    return int((assessment.findings["severity"] == "error").sum())


def _misses_binding(assessment: Assessment) -> bool:
    rows = assessment.table[assessment.table["status"] == "not_met"]
    return any(
        assessment.profiles[row.profile].rules[int(row.rule)].binding for row in rows.itertuples()
    )
