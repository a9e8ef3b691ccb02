"""plan.toml as a file: where it lies, what is written in it, and that as a table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from carbonspace.errors import InputError
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text, quoted
from carbonspace.model.tomltext import Unfit, UnreadableError, toml_of
from carbonspace.sources.gate import barred


def plan_file(path: Path) -> Path:
    """Return the plan.toml a path means."""
    refused = barred("plan", str(path), path)
    file = path / "plan.toml" if refused is None and path.is_dir() else path
    if refused is None:
        refused = barred("plan", str(file), file)
    if refused is not None:
        raise InputError([refused])
    return file


def text_of(file: Path) -> str:
    """Return plan.toml as it is written."""
    try:
        return file.read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        fault = _unusable("文件不存在", "The file does not exist", Text(str(file), str(file)),
                          "改正路径。", "Correct the path.")  # fmt: skip
    except UnicodeDecodeError as error:
        fault = _unusable("文件不是 UTF-8 编码", "The file is not UTF-8", quoted(str(error)),
                          "另存为 UTF-8。", "Save it as UTF-8.")  # fmt: skip
    raise InputError([fault])


def table_of(text: str) -> dict[str, Any]:
    """Return the content of plan.toml."""
    try:
        table, unfit = toml_of(text)
    except UnreadableError as error:
        fault = _unusable("TOML 语法错误", "The file is not valid TOML", quoted(str(error)),
                          "改正该行。", "Correct that line.")  # fmt: skip
        raise InputError([fault]) from error
    if unfit:
        raise InputError([_wrong(one) for one in unfit])
    return table


def object_of(text: str) -> dict[str, Any]:
    """Return the content of a plan.json."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        fault = _unusable("JSON 语法错误", "The file is not valid JSON", quoted(str(error)),
                          "改正该处。", "Correct it there.")  # fmt: skip
        raise InputError([fault]) from error
    if isinstance(found, dict):
        return found
    fault = _unusable("plan.json 不是对象", "plan.json is no object", quoted(type(found).__name__),
                      "写成 {…}。", "Write {…}.")  # fmt: skip
    raise InputError([fault])


def _wrong(one: Unfit) -> Finding:
    what = Text(f"plan.toml 的 {one.place} 不可用", f"plan.toml: {one.place} cannot be used")
    correct = Text("改正该行。", "Correct that line.")
    fault = Finding("error", "plan", what, one.found, one.expected, correct)
    return fault.at_line(one.line or None)


def _unusable(zh: str, en: str, found: Text, remedy_zh: str, remedy: str) -> Finding:
    expected = Text("可读取的 plan.toml", "a readable plan.toml")
    return Finding("error", "plan", Text(zh, en), found, expected, Text(remedy_zh, remedy))
