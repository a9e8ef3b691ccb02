"""A town of seventy units whose nights finish tile after tile, and nights that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.batch.town import city_of, night_of
from tests.past.editing import CRS, town_of_units

from carbonspace.batch import City, computing
from carbonspace.batch.log import logged
from carbonspace.evaluation import evaluate
from carbonspace.folder import put_whole
from carbonspace.past import tiles

ROOT = Path(__file__).parents[2]
INDICATORS = ("park_coverage", "road_density", "intersection_density", "land_area", "parcel_far",
              "roof_solar_access")  # fmt: skip
LAYERS = ("units", "parcels", "buildings", "roads", "parks")
LOG = "nights.log"


def tiled(folder: Path, **more: Any) -> City:
    """Return the town, written into a folder where it is not there yet."""
    plan = folder / "plan.toml"
    if not plan.exists():
        head = f'format = 1\nname = {{ zh = "镇", en = "Town" }}\ncrs = "{CRS}"\n'
        tables = [f'[layers.{key}]\nsource = "{key}.gpkg"\n' for key in LAYERS]
        plan.write_text(head + "".join(tables), "utf-8")
        for key in LAYERS:
            town_of_units(7).layers[key].to_file(folder / f"{key}.gpkg", layer=key)
    given = {"profiles": ("pku",), "indicators": INDICATORS, "cache": folder / "cache"}
    return city_of(folder, **{**given, **more})


@contextmanager
def small_tiles() -> Iterator[pytest.MonkeyPatch]:
    """Have nights measure in small parts, and keep what takes no time, too."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(computing, "evaluate", partial(evaluate, workers=2))
        patched.setattr(computing, "_PART_FEATURES", 120)
        patched.setattr(tiles, "WORTH_S", 0.0)
        yield patched


def killed(folder: Path, after: int) -> None:
    """Have a night killed in a process of its own, as soon as it finished so many tiles."""
    command = [sys.executable, "-m", "tests.batch.tiled", str(folder), str(after)]
    done = subprocess.run(command, cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL


def main(folder: Path, after: int) -> None:
    """Compute a night that kills itself after the receipt of a tile."""
    put, finished = put_whole, list[Path]()

    def put_and_die(file: Path, content: bytes) -> None:
        put(file, content)
        finished.extend([file] if file.suffix == ".receipt" else [])
        if len(finished) >= after:
            os.kill(os.getpid(), signal.SIGKILL)

    with small_tiles() as patched, logged(folder / LOG):
        patched.setattr(tiles, "put_whole", put_and_die)
        night_of(tiled(folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
