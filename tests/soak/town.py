"""A town in PostGIS that is edited at random, and what has to hold of its results."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
from tests.batch.town import as_run_says, city_of, current, figures
from tests.postgis.test_batch import GROW, load, plan_of

from carbonspace.batch import City, night
from carbonspace.batch.log import logged
from carbonspace.batch.retry import Tries


@dataclass
class Soaked:
    """A town, where its data are, and its log."""

    city: City
    dsn: str
    log: Path

    def edit(self, chance: random.Random) -> None:
        """Have a home grow or shrink, so that every night has something to compute."""
        height = chance.uniform(100, 900)
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(GROW.format(height=f"{height:.3f}").encode())

    def night(self) -> str:
        """Compute a night here, with its log, and return how it ended."""
        with logged(self.log):
            return night(self.city).status

    def kept(self) -> pd.DataFrame:
        """Return the figures that hold."""
        return figures(current(self.city))

    def due(self) -> pd.DataFrame:
        """Return the figures of the data as they are."""
        return as_run_says(self.city)

    def events(self) -> list[dict[str, Any]]:
        """Return what the log says."""
        lines = self.log.read_text("utf-8").splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines]

    def is_whole(self, before: pd.DataFrame) -> str:
        """Return whether the results are the old or the new ones; raise where they are neither."""
        kept = self.kept()
        if kept.equals(before):
            return "old"
        pd.testing.assert_frame_equal(kept, self.due(), check_dtype=False, check_exact=True)
        return "new"

    def repair(self) -> None:
        """Have the next night make good, and the one after it find nothing to do."""
        self.night()
        pd.testing.assert_frame_equal(self.kept(), self.due(), check_dtype=False, check_exact=True)
        again = self.night()
        assert again == "unchanged", again


def soaked(folder: Path, dsn: str, *, in_folder: bool = False) -> Soaked:
    """Return a town with a first good night."""
    load(dsn)
    plan_of(folder, dsn)
    results = str(folder / "results") if in_folder else dsn
    city = city_of(folder, results=results, tries=Tries(8, 60), answer_s=1.0)
    town = Soaked(city, dsn, folder / "nights.log")
    town.night()
    return town
