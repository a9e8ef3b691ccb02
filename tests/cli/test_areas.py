"""`carbonspace areas` and `run --maps`: files, words, and faults in both languages."""

from __future__ import annotations

import os
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from tests.cli.calls import called
from tests.walks_town import CRS, written

from carbonspace.outputs import give_up


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return written(tmp_path)


def test_areas_are_written_without_a_run(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = plan.with_name("areas.gpkg")
    given = ("--goal", "parks", "--goal", "stations", "--minutes", "2,5", "-o", out)
    assert called("areas", plan, *given, "--lang", "en") == 0
    assert sorted(map(str, pyogrio.list_layers(out)[:, 0])) == [
        "layer_styles", "reachable_streets_parks", "reachable_streets_stations",
        "service_areas_parks", "service_areas_stations",
    ]  # fmt: skip
    areas = gpd.read_file(out, layer="service_areas_stations")
    assert areas.crs == CRS
    assert areas["minutes"].tolist() == [5, 2]
    assert areas["street_m"].tolist()[1] == pytest.approx(640)
    said = capsys.readouterr().out
    assert "Stations and stops" in said
    assert "0.64" in said
    assert said.endswith("areas.gpkg\n")
    assert [p.name for p in plan.parent.iterdir() if p.name.startswith(".")] == []


def test_minutes_of_the_plan_hold_where_none_are_given(tmp_path: Path) -> None:
    plan = written(tmp_path, more='[output]\nminutes = [4]\n[parameters.all]\nwalker = "elderly"')
    assert called("areas", plan, "--goal", "parks", "-o", tmp_path / "a.gpkg") == 0
    areas = gpd.read_file(tmp_path / "a.gpkg", layer="service_areas_parks")
    assert areas[["minutes", "metres"]].to_numpy().tolist() == [[4, 4 * 48]]


@pytest.mark.parametrize(
    ("options", "code", "en", "zh"),
    [
        (("--goal", "parks", "--minutes", "10,5"), 2, "minutes that rise", "递增的分钟数"),
        (("--goal", "parks", "--minutes", "five"), 2, "--minutes five cannot be used", "不可用"),
        (("--goal", "parks", "--width", "0"), 2, "metres above 0", "大于 0 的米数"),
        (("--goal", "park"), 2, "nothing that is walked to is called park", "没有名为 park"),
        (("--goal", "market"), 3, "no place that counts as market", "没有可作为 market"),
        (("--goal", "parks", "-o", "nowhere/a.gpkg"), 3, "there is no folder", "不存在"),
        (("--goal", "parks", "-o", "a.shp"), 3, "must end in .gpkg", "应以 .gpkg 结尾"),
    ],
)
def test_what_cannot_be_is_said_in_both_languages(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...], code: int, en: str, zh: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(plan.parent)
    for lang, words in (("en", en), ("zh", zh)):
        assert called("areas", plan, *options, "--lang", lang) == code
        assert words in " ".join(capsys.readouterr().err.split())
    assert not Path("areas.gpkg").exists()


def test_a_plan_without_streets_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = written(tmp_path, without="roads")
    for lang, words in (("en", "layer roads is missing"), ("zh", "缺少图层 roads")):
        given = ("--goal", "parks", "-o", tmp_path / "a.gpkg", "--lang", lang)
        assert called("areas", plan, *given) == 3
        assert words in capsys.readouterr().err
    assert not (tmp_path / "a.gpkg").exists()


def test_a_file_that_is_there_is_spared_but_for_force(
    plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = plan.with_name("a.gpkg")
    out.write_text("somebody's")
    given = ("areas", plan, "--goal", "clinic", "-o", out, "--lang", "en")
    assert called(*given) == 3
    assert "replace it with --force" in capsys.readouterr().err
    assert out.read_text() == "somebody's"
    assert called(*given, "--force") == 0
    assert "service_areas_clinic" in pyogrio.list_layers(out)[:, 0]


def test_a_file_that_is_open_elsewhere_is_left_as_it_is(
    plan: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """QGIS keeps a journal beside a file it has open; elsewhere the system does not let go."""
    out = plan.with_name("a.gpkg")
    out.write_text("somebody's")
    given = ("areas", plan, "--goal", "clinic", "-o", out, "--force", "--lang")
    journal = plan.with_name("a.gpkg-wal")
    journal.touch()
    assert called(*given, "zh") == 3
    assert "已在其他程序中打开" in capsys.readouterr().err
    journal.unlink()

    def locked(*_: object) -> None:
        raise PermissionError("in use by another process")

    monkeypatch.setattr(Path, "replace", locked)
    assert called(*given, "en") == 3
    assert "cannot be written to" in capsys.readouterr().err
    assert out.read_text() == "somebody's"
    assert [p.name for p in plan.parent.iterdir() if p.name.startswith(".")] == []


def test_what_was_begun_is_removed_and_nothing_else(tmp_path: Path) -> None:
    """As at a Ctrl-C in the middle of writing."""
    begun = tmp_path / f".a.{os.getpid()}-0123abcd.gpkg"
    others = [tmp_path / "a.gpkg", tmp_path / ".a.1-0123abcd.gpkg", tmp_path / "b.gpkg"]
    for one in (begun, *others):
        one.touch()
    give_up(tmp_path / "a.gpkg")
    assert sorted(tmp_path.iterdir()) == sorted(others)


def test_a_run_draws_maps_where_the_option_or_the_plan_asks(tmp_path: Path) -> None:
    plan = written(tmp_path)
    run = ("run", plan, "--indicator", "park_walk_coverage", "--progress", "none", "--out")
    assert called(*run, tmp_path / "bare") == 0
    assert called(*run, tmp_path / "asked", "--maps") == 0
    written(tmp_path, more="[output]\nservice_areas = true\nminutes = [3]")
    assert called(*run, tmp_path / "always") == 0
    found = {out: pyogrio.list_layers(tmp_path / out / "results.gpkg")[:, 0].tolist()
             for out in ("bare", "asked", "always")}  # fmt: skip
    assert {out: "service_areas_parks" in names for out, names in found.items()} == {
        "bare": False, "asked": True, "always": True,
    }  # fmt: skip
    always = gpd.read_file(tmp_path / "always" / "results.gpkg", layer="service_areas_parks")
    assert always["minutes"].tolist() == [3]


def test_a_run_with_maps_is_another_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What `unchanged` says of one with them is nothing about one without."""
    plan = written(tmp_path)
    run = ("run", plan, "--indicator", "park_walk_coverage", "--progress", "none",
           "--lang", "en", "--out", tmp_path / "out")  # fmt: skip
    for options, again in (((), False), (("--maps",), False), (("--maps",), True), ((), False)):
        assert called(*run, *options) == 0
        assert ("unchanged:" in capsys.readouterr().out) is again
