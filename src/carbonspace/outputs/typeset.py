"""Pages set by Typst, from templates and plain data: nothing of the data is markup."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from carbonspace.errors import ServiceError
from carbonspace.model.bureau import Bureau
from carbonspace.outputs.legible import font_file, legible

_TEMPLATES = ("style.typ", "tables.typ", "sheet.typ", "report.typ", "unit.typ")
_STANDARD = "a-2b"
NO_DAY = date(1970, 1, 1)
"""The day in the metadata of a document that is of no stated day: PDF/A wants one."""


@dataclass(frozen=True)
class Press:
    """Where pages are set: a folder with templates and pictures, and Typst with its fonts."""

    folder: Path
    typst: Any

    def picture(self, svg: str) -> str:
        """Keep a picture, each once, and return the path by which pages know it."""
        name = f"/{hashlib.sha256(svg.encode()).hexdigest()[:16]}.svg"
        path = self.folder / name[1:]
        if not path.exists():
            path.write_text(svg, encoding="utf-8", newline="\n")
        return name

    def set(self, template: str, data: Mapping[str, Any], path: Path) -> None:
        """Set `data` by a template and write the PDF.

        Raises
        ------
        ServiceError
            If a template has a fault, or Typst warns.
        OSError
            If the PDF cannot be written.
        """
        (self.folder / "data.json").write_text(
            json.dumps(legible(data), ensure_ascii=False), encoding="utf-8"
        )
        path.write_bytes(_compiled(self.typst, self.folder / template))


@contextmanager
def press(bureau: Bureau) -> Iterator[Press]:
    """Yield a press for a bureau, whose templates go before ours; it leaves nothing behind.

    Raises
    ------
    ServiceError
        If Typst or the font is missing.
    """
    fonts = font_file()
    try:
        import typst
    except ImportError as error:
        raise ServiceError(
            "PDF needs Typst: pip install 'carbonspace[documents]'",
            "生成 PDF 需要 Typst：pip install 'carbonspace[documents]'",
        ) from error
    with TemporaryDirectory(prefix="carbonspace-") as made:
        folder = Path(made)
        _lay_out(folder, bureau)
        held = typst.Fonts(include_system_fonts=False, font_paths=[str(Path(fonts).parent)])
        yield Press(folder, typst.Compiler(root=folder, font_paths=held, ignore_system_fonts=True))


def logo_of(bureau: Bureau) -> str:
    """Return the path by which pages know the logo of a bureau; empty where it has none."""
    return f"/logo{bureau.logo.suffix.lower()}" if bureau.logo else ""


def _lay_out(folder: Path, bureau: Bureau) -> None:
    ours = resources.files("carbonspace.outputs") / "templates"
    for name in _TEMPLATES:
        (folder / name).write_bytes((ours / name).read_bytes())
    if bureau.templates:
        for path in sorted(bureau.templates.rglob("*")):
            if path.is_file():
                place = folder / path.relative_to(bureau.templates)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
    if bureau.logo:
        shutil.copyfile(bureau.logo, folder / logo_of(bureau)[1:])


def _compiled(compiler: Any, template: Path) -> bytes:
    from typst import TypstError

    noon = int(datetime.combine(NO_DAY, datetime.min.time(), UTC).timestamp())
    try:
        found, warnings = compiler.compile_with_warnings(
            input=template,
            format="pdf",
            pdf_standards=[_STANDARD],
            timestamp=noon,
            pdf_tags=False,  # of many tables they would be four fifths of the file
        )
    except TypstError as error:
        raise _fault(template, f"{error.message} {error.diagnostic}") from error
    if warnings:
        raise _fault(template, "; ".join(one.message for one in warnings))
    return bytes(found)


def _fault(template: Path, said: str) -> ServiceError:
    said = said.strip()
    return ServiceError(
        f"Typst cannot set {template.name}: {said}. Expected: a template and a logo without faults "
        "or warnings. Correct those of the bureau's folder, or leave it out.",
        f"Typst 无法排版 {template.name}：{said}。应为没有错误和警告的模板与徽标。"
        "请改正模板文件夹中的文件，或不使用它。",
    )
