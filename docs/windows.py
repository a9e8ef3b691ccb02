"""Pictures of the how-to of QGIS, taken of its real window: `python -m docs.windows`.

As those of `docs.pictures` they are taken, not drawn: no test compares them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

from PIL import Image
from tests.qgis.desktop import play

from carbonspace.sources.samples import sample_plan

FOLDER = Path(__file__).parent / "images"
PICTURES = {
    ("en", "en"): ("qgis-dialog", "qgis-match", "qgis-cell"),
    ("zh", "zh-Hans"): ("qgis-run", "qgis-cell"),
}
"""By the language, as carbonspace and as QGIS call it: which of tests/qgis/window are kept."""


def take(folder: Path = FOLDER) -> list[Path]:
    """Take the pictures in each language and return the files."""
    return [one for languages in PICTURES for one in _taken(*languages, folder)]


def _taken(lang: str, language: str, folder: Path) -> list[Path]:
    with _home() as home:
        sample = home / "golden.gpkg"
        shutil.copy(sample_plan("golden").with_name("plan.gpkg"), sample)
        played = play("pictures.py", home, language=language, sample=str(sample))
        failed = [*played.told.pop("faults"), *played.left]
        failed += [one["failed"] for one in played.told.values() if "failed" in one]
        if played.code or failed:
            raise RuntimeError("\n".join([*failed, played.log]))
        return [_small(home / f"{name}.png", folder / f"{name}.{lang}.png")
                for name in PICTURES[lang, language]]  # fmt: skip


@contextmanager
def _home() -> Iterator[Path]:
    """Yield a new folder that is always called the same: the panel shows where results lie."""
    folder = Path(gettempdir()) / "carbonspace-golden"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _small(taken: Path, file: Path) -> Path:
    """Write a picture with few colours: windows have few, and pages are to open quickly."""
    with Image.open(taken) as picture:
        few = picture.convert("RGB").quantize(kmeans=1, dither=Image.Dither.NONE)
        few.save(file, optimize=True)
    return file


if __name__ == "__main__":
    take()
