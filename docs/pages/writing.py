"""All that is made from the catalogue: what the files are called, and writing them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from docs.pages import index, inventory, page, picture
from docs.pages.example import Example, examples

from carbonspace.catalogue import indicators

REFERENCE = Path(__file__).parents[1] / "reference"
FOLDER = REFERENCE / "indicators"


@cache
def files() -> Mapping[Path, str]:
    """Return what stands in every file that is made: pages, pictures, index and inventory."""
    known = examples()
    every = {path: text for key in indicators() for path, text in _of(key, known[key])}
    return every | {
        FOLDER / "README.md": index.text(),
        REFERENCE / "inventory.md": inventory.text(),
    }


def strangers() -> list[Path]:
    """Return the files in the folder of the pages that no indicator has, sorted."""
    return sorted({*FOLDER.glob("*")} - {*files()})


def write() -> None:
    """Write what differs and take away what no indicator has any more."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, text in files().items():
        if not path.exists() or path.read_bytes() != text.encode():
            path.write_bytes(text.encode())
    for path in strangers():
        path.unlink()


def _of(key: str, example: Example) -> Iterator[tuple[Path, str]]:
    yield FOLDER / f"{key}.md", page.text(indicators()[key], example)
    if example.evidence is not None:
        yield FOLDER / f"{key}.svg", picture.text(indicators()[key], example)
