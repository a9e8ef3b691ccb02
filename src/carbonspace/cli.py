"""The command line: `carbonspace demo | init | check | run | catalog`.

Heavy imports happen inside the commands, so that asking for help costs nothing.
"""

from __future__ import annotations

import functools
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from carbonspace.errors import CarbonspaceError, InputError
from carbonspace.interrupt import Interrupt, listening
from carbonspace.memory import raise_if_memory
from carbonspace.model.progress import Progress, Step, json_line, share
from carbonspace.model.text import Text
from carbonspace.version import __version__

if TYPE_CHECKING:
    from carbonspace.intake import Question
    from carbonspace.model.assessment import Assessment, Evidence
    from carbonspace.model.finding import Finding
    from carbonspace.model.text import Lang

_INTERRUPTED, _OWN_FAULT = 130, 70
_NO_MATTER = ("plan", "out", "strict", "force", "progress", "lang")
_READING, _EVALUATING, _WRITING = (0.0, 0.05), (0.05, 0.88), (0.88, 1.0)
"""Which share of a run each stage is expected to be."""
_LANG = click.option(
    "--lang", type=click.Choice(["zh", "en"]), envvar="CARBONSPACE_LANG",
    help="界面语言 · language of what is shown (default: from LANG)",
)  # fmt: skip
_PROGRESS = click.option(
    "--progress", type=click.Choice(["auto", "json", "none"]), default="auto", show_default=True,
    help="进度显示 · progress: a bar, JSON lines on stderr, or nothing",
)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="carbonspace")
def app() -> None:
    """详细规划空间管控指标 · Indicators and thresholds of detailed plans."""


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
@click.option("--strict", is_flag=True, help="约束性指标未达标时返回 1 · exit 1 on a binding miss")
@click.option("--force", is_flag=True,
              help="未变化也重新计算 · compute even where nothing has changed")  # fmt: skip
@_PROGRESS
@_LANG
def run(
    plan: Path, out: Path, indicators: tuple[str, ...], profiles: tuple[str, ...],
    units: tuple[str, ...], evidence: Evidence, strict: bool, force: bool, progress: str,
    lang: Lang | None,
) -> None:  # fmt: skip
    """计算一个规划的指标并写出报告 · Evaluate a plan and write its reports."""
    from carbonspace.unchanged import earlier, request

    language = lang or system_language()
    chosen = {"indicators": indicators or None, "profiles": profiles or None,
              "units": units or None}  # fmt: skip
    asked = request(plan, _options())
    done = None if force else earlier(out, asked)
    if done is not None:
        _say_unchanged(plan, out, progress, language)
        missed = bool(done["misses_binding"])
    else:
        assessment = _assess(plan, out, progress, language, chosen, asked, evidence)
        _show(assessment, out, language)
        missed = _misses_binding(assessment)
    if strict and missed:
        sys.exit(1)


def _options() -> dict[str, Any]:
    """Return the options that the results hang on: all but those about how a run is shown."""
    given = click.get_current_context().params
    return {name: value for name, value in given.items() if name not in _NO_MATTER}


def _say_unchanged(plan: Path, out: Path, progress: str, lang: Lang) -> None:
    said = Text(
        f"未变化：数据、参数和版本都与 {out} 中的结果一致，未重新计算（--force 可强制计算）",
        f"unchanged: data, options and version are those of the results in {out}; "
        "nothing was computed (--force computes anyway)",
    )
    if progress == "json":
        click.echo(json_line(str(plan), Step(said, 1, 1), 0.0), err=True)
    click.echo(said.to(lang))


@app.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path),
              help="把问题写成图层与表格 · write the findings as layers and a table")  # fmt: skip
@_LANG
def check(plan: Path, out: Path | None, lang: Lang | None) -> None:
    """检查数据，列出全部问题 · Look at the data and list every finding."""
    from carbonspace.outputs import usable_folder, write_findings
    from carbonspace.terminal import print_checked

    language = lang or system_language()
    if out is not None:
        usable_folder(out)
    findings, crs, usable = _looked_at(plan)
    if out is not None:
        write_findings(findings, crs, out)
    print_checked(findings, out, language)
    if not usable:
        sys.exit(InputError.exit_code)


def _looked_at(path: Path) -> tuple[tuple[Finding, ...], Any, bool]:
    """Return the findings about a plan, the CRS they lie in, and whether it can be measured."""
    from carbonspace.evaluation import checked
    from carbonspace.sources import read_as_found

    crs = None
    try:
        plan = read_as_found(path)
        crs = plan.settings.crs
        ready = checked(plan)
    except InputError as error:
        return error.findings, crs, False
    return ready.findings, ready.layers["units"].crs, True


@app.command()
@click.option("--sample", "samples", multiple=True, help="示例名 · sample name (repeatable)")
@click.option("--out", type=click.Path(path_type=Path), default=Path("carbonspace-demo"),
              show_default=True, help="结果文件夹 · folder for the results")  # fmt: skip
@_PROGRESS
@_LANG
def demo(samples: tuple[str, ...], out: Path, progress: str, lang: Lang | None) -> None:
    """用自带示例演示 · Evaluate the samples that come with carbonspace."""
    from carbonspace.sources.samples import sample_names, sample_plan

    language = lang or system_language()
    for name in samples or sample_names():
        assessment = _assess(sample_plan(name), out / name, progress, language)
        _show(assessment, out / name, language)


@app.command()
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]),
              default="table", show_default=True, help="格式 · format")  # fmt: skip
@_LANG
def catalog(form: str, lang: Lang | None) -> None:
    """列出全部指标与阈值 · List every indicator and threshold."""
    import json

    from carbonspace import catalogue
    from carbonspace.terminal import print_catalogue

    if form != "table" and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    if form == "json":
        click.echo(json.dumps(catalogue.as_json(), ensure_ascii=False, indent=1))
    elif form == "markdown":
        click.echo(catalogue.as_markdown())
    else:
        print_catalogue(catalogue.indicators(), lang or system_language())


@app.command()
@click.argument("data", nargs=-1, required=True)
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("plan.toml"),
              show_default=True, help="写到哪里 · where to write it")  # fmt: skip
@click.option("--yes", is_flag=True, help="不提问，采用推测 · ask nothing, take what is guessed")
@_LANG
def init(data: tuple[str, ...], out: Path, yes: bool, lang: Lang | None) -> None:
    """查看数据，写出待核对的 plan.toml · Look into data and write a plan.toml to check."""
    from carbonspace.intake import (
        Answers,
        asked,
        drafted,
        found_in,
        plan_name,
        plan_text,
        summary,
        write_whole,
    )  # fmt: skip
    from carbonspace.profiles.loader import profile_keys

    language = lang or system_language()
    asks = not yes and sys.stdin.isatty() and sys.stdout.isatty()
    file = out / "plan.toml" if out.is_dir() else out
    _spare(file, asks, language)
    found, name = found_in(data), plan_name(data)
    draft = (asked(found, name, functools.partial(_ask, lang=language)) if asks
             else drafted(found, Answers(), name))  # fmt: skip
    write_whole(plan_text(draft, file, language, profile_keys()), file)
    click.echo(summary(draft, file, language))


def system_language() -> Lang:
    """Return the language the terminal is set to: Chinese where it says so, else English."""
    import os

    named = next(
        (os.environ[k] for k in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(k)), ""
    )
    return "zh" if named.lower().startswith("zh") else "en"


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal in GBK has no ✗
    lang = _asked_language(given)
    with listening(_INTERRUPTED) as interrupt:
        interrupt.at_last(functools.partial(_say_interrupted, lang))
        action = functools.partial(
            app, args=given, prog_name="carbonspace", standalone_mode=False, obj=interrupt
        )
        code = _guarded(action, lang, interrupt)
    if interrupt.asked:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> NoReturn:
    """End at once: what was interrupted may have left threads at work that nobody waits for."""
    import os

    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _asked_language(arguments: Sequence[str]) -> Lang:
    """Return the language of messages, also where the command never came to run."""
    for before, value in pairwise(["", *arguments]):
        named = value.removeprefix("--lang=") if value.startswith("--lang=") else value
        if (before == "--lang" or named != value) and named in ("zh", "en"):
            return "zh" if named == "zh" else "en"
    return system_language()


def _guarded(action: Callable[[], Any], lang: Lang, interrupt: Interrupt) -> int:
    """Run `action`; turn what it raises into a message on stderr and an exit code."""
    try:
        return _result(action, interrupt)
    except SystemExit as stop:
        return int(stop.code or 0)
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        _say_interrupted(lang)
        return _INTERRUPTED
    except CarbonspaceError as error:
        _explain(error, lang)
        return error.exit_code
    except OSError as error:
        _say(f"读写失败：{error}", f"reading or writing failed: {error}", lang)
        return InputError.exit_code
    except Exception as error:  # noqa: BLE001  the last net: a planner is shown no traceback
        return _own_fault(error, lang)


def _result(action: Callable[[], Any], interrupt: Interrupt) -> int:
    """Return the exit code of `action`; whatever an interrupt made it raise is an interrupt."""
    try:
        result = action()
    except Exception as error:
        if interrupt.asked:
            raise KeyboardInterrupt from error
        raise_if_memory(error)
        raise
    return result if isinstance(result, int) else 0


def _own_fault(error: Exception, lang: Lang) -> int:
    """Say that carbonspace itself failed; the details are for those who mend it."""
    import os
    import traceback

    name = f"{type(error).__name__}: {error}"
    _say(f"程序内部错误（{name}）。请附上数据报告；设置 CARBONSPACE_DEBUG=1 可看详情。",
         f"an error of carbonspace itself ({name}). Please report it with the data; "
         "CARBONSPACE_DEBUG=1 shows details.", lang)  # fmt: skip
    if os.environ.get("CARBONSPACE_DEBUG"):
        traceback.print_exception(error)
    return _OWN_FAULT


def _say(zh: str, en: str, lang: Lang) -> None:
    click.echo(f"carbonspace: {zh if lang == 'zh' else en}", err=True)


def _say_interrupted(lang: Lang) -> None:
    _say("已中断，没有留下未写完的结果", "interrupted, nothing half-written is left", lang)


def _explain(error: CarbonspaceError, lang: Lang) -> None:
    if isinstance(error, InputError):
        from carbonspace.model.finding import findings_table
        from carbonspace.terminal import print_findings

        print_findings(findings_table(error.findings), lang, to_stderr=True)
    else:
        _say(error.zh, str(error), lang)


def _spare(file: Path, asks: bool, lang: Lang) -> None:
    """Stop before a file would be overwritten that nobody gave up."""
    if not file.exists():
        return
    if asks and click.confirm(f"{file} 已存在，覆盖？" if lang == "zh" else
                              f"{file} exists. Replace it?"):  # fmt: skip
        return
    raise click.UsageError(
        f"{file} 已存在，未改动。用 -o 另取名称，或先移走它。" if lang == "zh" else
        f"{file} exists and was left as it is. Name another with -o, or move it away first."
    )  # fmt: skip


def _ask(question: Question, lang: Lang) -> int:
    """Put one question to the person at the terminal; return the number of the answer."""
    click.echo(f"\n{question.text.to(lang)}")
    for number, option in enumerate(question.options):
        click.echo(f"  [{number}] {option.to(lang)}")
    numbers = click.IntRange(0, len(question.options) - 1)
    return int(click.prompt("选择" if lang == "zh" else "Which", type=numbers,
                            default=question.default))  # fmt: skip


def _assess(
    plan: Path, out: Path, progress: str, lang: Lang,
    chosen: Mapping[str, Any] | None = None, request: Mapping[str, Any] | None = None,
    evidence: Evidence = "auto",
) -> Assessment:  # fmt: skip
    """Evaluate a plan and write the results; `request` is noted with them for the next time."""
    from dataclasses import replace

    from carbonspace.evaluation import evaluate
    from carbonspace.folder import abandon
    from carbonspace.outputs import usable_folder, write_results
    from carbonspace.sources import read_as_found
    from carbonspace.terminal import shown_progress

    usable_folder(out)
    interrupt = click.get_current_context().find_object(Interrupt) or Interrupt()
    interrupt.at_last(functools.partial(abandon, out))
    with shown_progress(progress, str(plan), lang) as teller:
        interrupt.at_last(teller.close)
        tell = _checking(teller, interrupt)
        read = read_as_found(plan, progress=share(tell, *_READING))
        assessment = evaluate(read, **(chosen or {}), progress=share(tell, *_EVALUATING))
        noted = {"misses_binding": _misses_binding(assessment), "request": request}
        assessment = replace(assessment, run={**assessment.run, **noted})
        write_results(assessment, out, evidence=evidence, progress=share(tell, *_WRITING))
        tell(Step(Text("完成", "Done"), 1.0, 1.0))
    return assessment


def _checking(progress: Progress, interrupt: Interrupt) -> Progress:
    """Return a listener that stops the work where Ctrl-C was pressed and went unheard."""

    def tell(step: Step) -> None:
        interrupt.check()
        progress(step)

    return tell


def _show(assessment: Assessment, out: Path, lang: Lang) -> None:
    from carbonspace.terminal import print_assessment

    print_assessment(assessment, out, lang)


def _misses_binding(assessment: Assessment) -> bool:
    rows = assessment.table[assessment.table["status"] == "not_met"]
    return any(
        assessment.profiles[row.profile].rules[int(row.rule)].binding for row in rows.itertuples()
    )


if __name__ == "__main__":
    main()
