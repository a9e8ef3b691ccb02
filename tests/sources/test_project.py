"""plan.toml: what it may say, and every fault of it at once."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyogrio
import pytest

from carbonspace.errors import InputError
from carbonspace.sources import read_plan

PARCELS = '[layers.parcels]\nsource = "p.gpkg"\n'


@pytest.fixture(autouse=True)
def plan_file(tmp_path: Path, parcels: Any) -> None:
    parcels(parcel_id=["1"], land_use=["07"]).to_file(tmp_path / "p.gpkg")


def test_a_whole_plan(tmp_path: Path, read: Any) -> None:
    plan = read(
        """
profiles = ["shangdang", "pku"]
indicators = ["park_coverage"]
attribution = ["us"]
position_tolerance = 1
[derive]
units = "parcels"
blocks = "roads"
[parameters.all]
radius = 300
"""
        + PARCELS
    )
    assert plan.name == ("试", "Trial")
    assert (plan.settings.crs, plan.settings.position_tolerance) == ("EPSG:4547", 1.0)
    assert (plan.settings.units_from, plan.settings.blocks_from) == ("parcels", "roads")
    assert plan.profiles == ("shangdang", "pku")
    assert plan.indicators == ("park_coverage",)
    assert plan.parameters == {"all": {"radius": 300}}
    assert plan.attribution == ("us",)
    assert not plan.prepared
    (one,) = plan.inputs
    assert (one.layer, one.path, one.features, one.crs) == ("parcels", "p.gpkg", 1, "EPSG:4547")
    assert one.sha256 == hashlib.sha256((tmp_path / "p.gpkg").read_bytes()).hexdigest()


def test_a_directory_means_its_plan(tmp_path: Path, read: Any) -> None:
    read(PARCELS)
    assert read_plan(tmp_path).name.en == "Trial"


def test_paths_start_at_the_plan(
    tmp_path: Path, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(PARCELS)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert len(read_plan("../plan.toml").layers["parcels"]) == 1


def test_a_name_in_one_language(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text('format = 1\nname = "Linhe"\n' + PARCELS, "utf-8-sig")
    assert read_plan(tmp_path).name == ("Linhe", "Linhe")


def test_every_fault_at_once(faults: Any) -> None:
    found = faults(r"""
colour = "red"
profiles = ["shangdnag"]
attribution = [1]
position_tolerance = -1
[derive]
unit = "parcels"
blocks = "rivers"
[parameters.park_coverage]
radus = 3
[layers.parcel]
source = "p.gpkg"
[layers.parks]
sorce = "p.gpkg"
[layers.units]
source = "p.gpkg"
crs = "EPSG:1"
fields = { unit_idd = "x", name = 3 }
constants = { name = "a", jobs = [1] }
extract = { unit_type = { field = "x", pattern = "(" }, population = { field = "x" } }
values = { name = 4 }
[layers.city]
source = "nowhere.gpkg"
""")
    what = [f"{f.layer}: {f.what.en}" for f in found]
    assert what == [
        "plan: plan.toml: colour is not known",
        "plan: plan.toml: position_tolerance cannot be used",
        "plan: plan.toml: attribution cannot be used",
        "plan: plan.toml: profiles shangdnag is not known",
        "plan: plan.toml: parameters.park_coverage.radus is not known",
        "plan: plan.toml: derive.unit is not known",
        "plan: plan.toml: derive.blocks cannot be used",
        "parcel: plan.toml: layers.parcel is not known",
        "parks: plan.toml: layers.parks.sorce is not known",
        "parks: plan.toml: layers.parks.source is missing",
        "units: plan.toml: layers.units.fields.unit_idd is not known",
        "units: plan.toml: layers.units.fields.name has the wrong type",
        "units: plan.toml: layers.units.values.name has the wrong type",
        "units: plan.toml: layers.units.constants.jobs has the wrong type",
        "units: the pattern of layers.units.extract.unit_type is unusable",
        "units: plan.toml: layers.units.extract.population.pattern is missing",
        "units: column name is given twice",
        "units: the CRS of layers.units.crs is not known",
        "city: The file does not exist",
    ]
    assert found[3].action.en == "Did you mean shangdang?"
    assert "parks" in found[7].expected.en


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("format = 1", "plan.toml: name is missing"),
        ('format = 2\nname = "x"', "plan.toml: format cannot be used"),
        ('format = 1\nname = { zh = "x" }', "plan.toml: name cannot be used"),
        ('format = 1\nname = "x"\ncrs = "EPSG:1"', "the CRS of crs is not known"),
        ('format = "1"\nname = "x"', "plan.toml: format has the wrong type"),
    ],
)
def test_a_wrong_head(text: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(text + "\n" + PARCELS, "utf-8")
    with pytest.raises(InputError) as raised:
        read_plan(tmp_path)
    assert [f.what.en for f in raised.value.findings] == [what]


@pytest.mark.parametrize("metres", ["nan", "inf", "-1"])
def test_a_tolerance_is_a_distance(metres: str, tmp_path: Path) -> None:
    head = f'format = 1\nname = "x"\nposition_tolerance = {metres}\n'
    (tmp_path / "plan.toml").write_text(head + PARCELS, "utf-8")
    with pytest.raises(InputError, match="position_tolerance cannot be used"):
        read_plan(tmp_path)


HUGE = "1" + "0" * 400


@pytest.mark.parametrize(
    ("more", "what", "found"),
    [
        (f"position_tolerance = {HUGE}", "position_tolerance cannot be used (line 3)", "1329 bits"),
        (f"[output]\nwidth = {HUGE}", "output.width cannot be used (line 4)", "1329 bits"),
        (f"[parameters.all]\nradius = {2**63}", "parameters.all.radius cannot be used (line 4)",
         "64 bits"),
        ("[[exemption]]\nplaces = ['a',\n \"b\\u0000\"]",
         "exemption[1].places[2] cannot be used (line 5)", r"'b\x00'"),
    ],
)  # fmt: skip
def test_what_no_program_can_use_is_a_fault_with_its_line(
    more: str, what: str, found: str, tmp_path: Path
) -> None:
    (tmp_path / "plan.toml").write_text(f'format = 1\nname = "x"\n{more}\n{PARCELS}', "utf-8")
    with pytest.raises(InputError) as caught:
        read_plan(tmp_path)
    (fault,) = caught.value.findings
    assert fault.what.en == f"plan.toml: {what}"
    assert found in fault.found_in("en")


def test_a_plan_needs_layers(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text('format = 1\nname = "x"\n[layers]', "utf-8")
    with pytest.raises(InputError, match=r"layers\.parcels is missing"):
        read_plan(tmp_path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"name = ", "The file is not valid TOML"),
        ("name = '惠州'".encode("gbk"), "The file is not UTF-8"),
        (None, "The file does not exist"),
    ],
)
def test_an_unreadable_plan(content: bytes | None, what: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "plan.toml").write_bytes(content)
    with pytest.raises(InputError, match=what):
        read_plan(tmp_path / "plan.toml")


def test_the_hash_covers_all_parts_of_a_source(tmp_path: Path, parcels: Any, read: Any) -> None:
    frame = parcels(parcel_id=["1"], land_use=["07"])
    pyogrio.write_dataframe(frame, tmp_path / "p.shp")
    pyogrio.write_dataframe(frame, tmp_path / "p.gdb", driver="OpenFileGDB")
    text = '[layers.parcels]\nsource = "p.{}"\n'
    for form, part in (("shp", "p.prj"), ("gdb", "p.gdb/gdb")):
        before = read(text.format(form)).inputs[0].sha256
        assert read(text.format(form)).inputs[0].sha256 == before
        with (tmp_path / part).open("ab") as file:
            file.write(b" ")
        assert read(text.format(form)).inputs[0].sha256 != before


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = 1\0", "[layers", ""])
def test_text_that_is_no_plan(text: str, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(text, "utf-8")
    with pytest.raises(InputError):
        read_plan(tmp_path)


@pytest.mark.parametrize("name", ["none", "plan.toml/plan.toml", "长" * 300, "a\0b", "/dev/zero"])
def test_paths_that_are_no_plan(name: str, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(" ")
    with pytest.raises(InputError):
        read_plan(tmp_path / name)


def test_a_folder_called_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").unlink(missing_ok=True)
    (tmp_path / "plan.toml").mkdir()
    with pytest.raises(InputError):
        read_plan(tmp_path)
