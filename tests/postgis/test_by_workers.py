"""Workers of a cluster read a database as of the moment that the coordinator holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from tests.batch.town import INDICATORS, city_of, current, figures, night_of
from tests.cluster.farm import Farm
from tests.postgis.test_batch import GROW, load, plan_of
from tests.tiled.conftest import bits

from carbonspace import evaluate, read_plan
from carbonspace.batch import City
from carbonspace.batch.retry import Tries
from carbonspace.cluster.dask_engine import engine
from carbonspace.model.progress import Progress, Step
from carbonspace.tiled import evaluate_tiled, settling

pytestmark = pytest.mark.postgis
Execute = Callable[..., None]
MOVE_PARKS = "UPDATE parks SET geom = ST_Translate(geom, 0, 700)"
END_SESSIONS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'carbonspace' AND pid <> pg_backend_pid()"""


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    with Farm(tmp_path_factory.mktemp("farm")) as one:
        yield one.up(2)


@pytest.fixture
def town(city: str, tmp_path: Path) -> City:
    """The town in tables; each unit is a tile."""
    load(city)
    plan_of(tmp_path, city)
    return city_of(tmp_path, results=city, cache=tmp_path / "cache", tile_features=4,
                   tries=Tries(3, 60.0))  # fmt: skip


@pytest.fixture
def only_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this process, which is none of the workers, read no tile."""

    def refused(*_: Any) -> settling.Settled:
        raise AssertionError("the coordinator read a tile")

    monkeypatch.setattr(settling, "settled", refused)


def _workers(farm: Farm) -> Callable[[Path, Path], AbstractContextManager[Any]]:
    return partial(engine, farm.address)


def _amid(happens: Callable[[], None]) -> Progress:
    """Have something happen once, when tiles are about to be read."""
    left = [happens]

    def heard(step: Step) -> None:
        if "Preparing tiles" in step.title.en and left:
            left.pop()()

    return heard


def _known(city: City) -> pd.DataFrame:
    """Return the figures that one process comes to now, over all."""
    return figures(evaluate(read_plan(city.plan), city.indicators, city.profiles).table)


def _holds(city: City, expected: pd.DataFrame) -> None:
    assert_frame_equal(figures(current(city)), expected, check_dtype=False, check_exact=True)


@pytest.mark.usefixtures("only_workers")
def test_all_workers_see_one_moment_while_others_edit(
    town: City, farm: Farm, execute: Execute, tmp_path: Path
) -> None:
    before = evaluate(read_plan(town.plan), INDICATORS, [])
    edits = _amid(lambda: execute(MOVE_PARKS, GROW.format(height=700)))
    with engine(farm.address, town.plan, tmp_path / "tiles") as running:
        ask = partial(evaluate_tiled, town.plan, executor=running, folder=tmp_path / "tiles",
                      indicators=INDICATORS, profiles=[], tile_features=4)  # fmt: skip
        assert_frame_equal(bits(ask(progress=edits)), bits(before))
        later = bits(ask())
    assert_frame_equal(later, bits(evaluate(read_plan(town.plan), INDICATORS, [])))
    assert not later.equals(bits(before))


@pytest.mark.usefixtures("only_workers")
def test_an_increment_by_workers_is_a_full_night(town: City, farm: Farm, execute: Execute) -> None:
    """What is edited while the second night reads is what the third night finds."""
    workers = _workers(farm)
    night_of(town, workers=workers)
    execute(GROW.format(height=500))
    expected = _known(town)
    second = night_of(town, 2, workers=workers, progress=_amid(lambda: execute(MOVE_PARKS)))
    _holds(town, expected)
    assert 0 < second.figures["measured"] < second.figures["taken"]
    night_of(town, 3, workers=workers)
    _holds(town, _known(town))
    assert not _known(town).equals(expected)
    night_of(town, 4, full=True, workers=workers)
    _holds(town, _known(town))


def test_where_nothing_changed_no_cluster_is_asked(town: City) -> None:
    night_of(town)

    def refused(*_: Path) -> AbstractContextManager[Any]:
        raise AssertionError("there is nothing to compute")

    assert night_of(town, 2, workers=refused).status == "unchanged"


def test_the_session_that_holds_the_moment_is_lost(
    town: City, farm: Farm, execute: Execute
) -> None:
    """The night is begun anew at another moment, and comes to the values of that one."""

    def befall() -> None:
        execute(END_SESSIONS, GROW.format(height=500))

    found = night_of(town, workers=_workers(farm), progress=_amid(befall))
    assert found.status == "done"
    _holds(town, _known(town))
