"""Templates become pages: ours, or those that a bureau has of the same name."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    StrictUndefined,
    TemplateError,
)

from carbonspace.errors import SourceError
from carbonspace.model.bureau import NOBODY, Bureau
from carbonspace.model.quantity import quantity_title
from carbonspace.outputs import cells, rows
from carbonspace.outputs.colours import mixed, tinted
from carbonspace.outputs.look import STEPS, VERDICTS
from carbonspace.outputs.told import parameter_text

_KINDS = {".png": "image/png", ".svg": "image/svg+xml"}


def write_page(
    path: Path, template: str, values: Mapping[str, Any], bureau: Bureau = NOBODY
) -> None:
    """Write a page piece by piece: as one text, every letter of its maps would be as wide as 字.

    Raises
    ------
    SourceError
        If a template of the bureau cannot be used.
    """
    try:
        page = environment(bureau.templates).get_template(template)
        with path.open("wb") as file:
            file.writelines(piece.encode() for piece in page.generate({**values, "bureau": bureau}))
    except TemplateError as error:
        if bureau.templates is None:
            raise
        raise _unusable(bureau.templates, template, error) from error


def _unusable(folder: Path, template: str, error: TemplateError) -> SourceError:
    line = getattr(error, "lineno", None)
    name = getattr(error, "name", None) or template
    en = f"{name}, line {line}" if line else name
    zh = f"{name} 第 {line} 行" if line else name
    return SourceError(
        f"the templates in {folder} cannot be used: {en}: {error}. Correct it, or start again from "
        "the template that comes with carbonspace.",
        f"{folder} 中的模板不可用：{zh}：{error}。请改正，或从 carbonspace 自带的模板重新开始。",
    )


def picture(path: Path) -> str:
    """Return a PNG or SVG as an address that holds it."""
    held = base64.b64encode(path.read_bytes()).decode()
    return f"data:{_KINDS[path.suffix.lower()]};base64,{held}"


@cache
def environment(templates: Path | None = None) -> Environment:
    """Return what pages are written with; templates in a folder go before ours."""
    ours = PackageLoader("carbonspace.outputs", "templates")
    loader = ChoiceLoader([FileSystemLoader(templates), ours]) if templates else ours
    made = Environment(
        loader=loader, auto_reload=False, finalize=cells.plain,
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined,
    )  # fmt: skip
    made.globals |= {
        "t": cells.both, "looks": VERDICTS, "fills": STEPS, "badges": cells.BADGES,
        "group_rows": cells.group_rows, "legend": cells.legend, "picture": picture,
    }  # fmt: skip
    made.filters |= {
        "both": lambda text: cells.both(*text), "joined": cells.joined, "number": rows.number,
        "parameter": parameter_text, "quantity": quantity_title, "pale": mixed, "tint": tinted,
    }  # fmt: skip
    return made
