"""Layers of a real PostGIS: types, curves, SRIDs, names, secrets, failures."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from carbonspace.errors import InputError, ServiceError
from carbonspace.model.finding import Finding
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text
from carbonspace.sources import read_plan
from carbonspace.sources.listing import datasets

pytestmark = pytest.mark.postgis
Execute = Callable[..., None]
Reading = Callable[[str], Plan]

HEAD = 'format = 1\nname = "Trial"\ncrs = "EPSG:4547"\n'
PARCELS = """CREATE TABLE "地块" (id int, "YDYHFLDM" text, rjl numeric(4, 2), new boolean,
"geom" geometry(MultiPolygonZ, 4547))"""
TWO = """INSERT INTO "地块" SELECT n, '070' || n, n + 0.5, n = 1,
ST_Multi(ST_Force3D(ST_MakeEnvelope(100 * n, 0, 100 * n + 100, 100, 4547)))
FROM generate_series(1, 2) AS n"""
FIELDS = 'fields = { parcel_id = "id", land_use = "YDYHFLDM", far_max = "rjl" }\n'


@pytest.fixture
def read(city: str, tmp_path: Path) -> Reading:
    """Return a reader of one parcels layer of the database."""

    def layer(text: str) -> Plan:
        table = f'[layers.parcels]\nsource = "{city}"\n{text}'
        (tmp_path / "plan.toml").write_text(HEAD + table, "utf-8")
        return read_plan(tmp_path)

    return layer


@pytest.fixture
def faults(read: Reading) -> Callable[[str], list[Finding]]:
    def of(text: str) -> list[Finding]:
        with pytest.raises(InputError) as raised:
            read(text)
        return list(raised.value.findings)

    return of


@pytest.mark.parametrize("name", ["地块", "public.地块", "public.地块.geom"])
def test_a_layer(name: str, execute: Execute, read: Reading) -> None:
    execute(PARCELS, TWO)
    plan = read(f'layer = "{name}"\n' + FIELDS)
    parcels = plan.layers["parcels"].sort_values("parcel_id")
    assert parcels["parcel_id"].tolist() == ["1", "2"]
    assert parcels["land_use"].tolist() == ["0701", "0702"]
    assert parcels["far_max"].tolist() == [1.5, 2.5]
    assert parcels.crs.to_epsg() == 4547
    assert parcels.geometry.area.tolist() == [10_000, 10_000]
    assert not parcels.geometry.has_z.any()
    assert plan.findings == ()


def test_the_fingerprint_is_of_the_content(execute: Execute, read: Reading, city: str) -> None:
    execute(PARCELS, TWO)
    first = read('layer = "地块"\n' + FIELDS).inputs[0]
    again = read('layer = "地块"\n' + FIELDS).inputs[0]
    execute("""UPDATE "地块" SET rjl = 3 WHERE id = 2""")
    changed = read('layer = "地块"\n' + FIELDS).inputs[0]
    assert (first.path, first.features) == (city, 2)
    assert first.sha256 == again.sha256 != changed.sha256
    execute("""ALTER TABLE "地块" ADD note text DEFAULT 'x'""")
    assert read('layer = "地块"\n' + FIELDS).inputs[0].sha256 == changed.sha256


def test_filters_are_sql(
    execute: Execute, read: Reading, faults: Callable[..., list[Finding]]
) -> None:
    execute(PARCELS, TWO)
    assert len(read('layer = "地块"\nwhere = "id = 2 -- only"\n' + FIELDS).layers["parcels"]) == 1
    second = "true); COMMIT; DELETE FROM 地块; SELECT (1"
    for bad in ("nothing = 1", "id = 'x'", second):
        found = faults(f'layer = "地块"\nwhere = "{bad}"\n' + FIELDS)
        assert [f.what.en for f in found] == ["The filter cannot be used"]
    assert len(read('layer = "地块"\n' + FIELDS).layers["parcels"]) == 2


def test_nothing_is_written(execute: Execute, read: Reading) -> None:
    execute(
        PARCELS,
        TWO,
        """CREATE FUNCTION spoil() RETURNS boolean LANGUAGE plpgsql AS
            $$ BEGIN DELETE FROM "地块"; RETURN true; END $$""",
    )
    with pytest.raises(ServiceError, match="read-only transaction"):
        read('layer = "地块"\nwhere = "spoil()"\n' + FIELDS)


def test_arcs_become_segments_within_a_centimetre(execute: Execute, read: Reading) -> None:
    execute(
        "CREATE TABLE round (parcel_id text, land_use text, g geometry(CurvePolygon, 4547))",
        """INSERT INTO round VALUES ('c', '1401', ST_GeomFromText(
            'CURVEPOLYGON(CIRCULARSTRING(100 0, 0 100, -100 0, 0 -100, 100 0))', 4547))""",
    )
    plan = read('layer = "round"\n')
    (circle,) = plan.layers["parcels"].geometry
    ring = shapely.get_coordinates(circle)
    middles = (ring[1:] + ring[:-1]) / 2
    assert max(100 - math.hypot(x, y) for x, y in middles) <= 0.01
    assert circle.area == pytest.approx(math.pi * 100**2, rel=2e-4)
    assert [f.found for f in plan.findings] == [Text("圆弧", "curved geometry")]
    (done,) = plan.mended
    assert (done.fault, done.layer, done.features) == ("curves", "parcels", 1)
    assert done.before == pytest.approx(math.pi * 100**2, rel=2e-6)
    assert done.before > done.after == circle.area
    coarse = read('layer = "round"\n[policy]\ncurves = { choice = "repair", tolerance = 1.0 }\n')
    assert coarse.layers["parcels"].geometry.count_coordinates().iloc[0] < len(ring) / 5


def test_curve_types_without_arcs_are_plain(execute: Execute, read: Reading) -> None:
    """What `ogr2ogr -nlt CONVERT_TO_CURVE` loads: a MultiSurface of plain polygons."""
    execute(
        "CREATE TABLE plain (parcel_id text, land_use text, g geometry(MultiSurface, 4547))",
        """INSERT INTO plain VALUES ('p', '07', ST_GeomFromText(
            'MULTISURFACE(((0 0, 100 0, 100 100, 0 100, 0 0)))', 4547))""",
    )
    plan = read('layer = "plain"\n')
    assert plan.layers["parcels"].area.tolist() == [10_000]
    assert (plan.findings, plan.mended) == ((), ())


def test_what_a_column_says_of_a_unit(execute: Execute, read: Reading) -> None:
    execute(
        "CREATE TABLE lots (parcel_id text, land_use text, mj float, mj_uom text, "
        "g geometry(Polygon, 4547))",
        "INSERT INTO lots VALUES ('p', '07', 1, 'ha', ST_MakeEnvelope(0, 0, 100, 100, 4547))",
    )
    plan = read('layer = "lots"\nfields = { area = "mj" }\n')
    assert plan.uoms["parcels"]["area"].text == "ha"
    assert plan.layers["parcels"]["area"].tolist() == [1.0]


def test_mixed_srids_are_refused(
    execute: Execute, read: Reading, faults: Callable[..., list[Finding]]
) -> None:
    execute(
        "CREATE TABLE mixed (parcel_id text, land_use text, g geometry(Polygon))",
        """INSERT INTO mixed VALUES
            ('a', '07', ST_MakeEnvelope(0, 0, 1, 1, 4547)), ('b', '07', ST_MakeEnvelope(0, 0, 1, 1))
            """,
    )
    assert [f.found_in("en") for f in faults('layer = "mixed"\n')] == ["SRID 0, 4547"]
    one = read('layer = "mixed"\nwhere = "ST_SRID(g) = 4547"\n').layers["parcels"]
    assert (one["parcel_id"].tolist(), one.crs.to_epsg()) == (["a"], 4547)
    without = read('layer = "mixed"\nwhere = "ST_SRID(g) = 0"\n').layers["parcels"]
    assert without.crs is None


def test_views_geographies_and_null_geometry(execute: Execute, read: Reading) -> None:
    execute(
        "CREATE TABLE stops (parcel_id text, land_use text, g geography(Polygon, 4326))",
        "INSERT INTO stops VALUES ('a', '07', ST_MakeEnvelope(113, 36, 113.1, 36.1, 4326))",
        "INSERT INTO stops VALUES ('n', '07', NULL)", "CREATE VIEW seen AS SELECT * FROM stops",
    )  # fmt: skip
    parcels = read('layer = "seen"\n').layers["parcels"]
    assert parcels.crs.to_epsg() == 4326
    assert parcels.geometry.isna().tolist() == [False, True]


def test_a_layer_that_is_not_there(execute: Execute, faults: Callable[..., list[Finding]]) -> None:
    execute(PARCELS, "CREATE SCHEMA other", "CREATE TABLE other.地块 (g geometry(Point, 4547))")
    for name in ("lots", "地块"):
        (found,) = faults(f'layer = "{name}"\n' + FIELDS)
        assert found.found_in("en").endswith("layers: other.地块, public.地块")


def test_what_it_holds(execute: Execute, city: str) -> None:
    execute(PARCELS, TWO)
    (found,) = datasets(city)
    assert (found.layer, found.kind, found.features) == ("public.地块", "polygon", 2)
    assert (found.crs, found.bounds) == ("EPSG:4547", (100, 0, 300, 100))
    assert dict(found.fields) == {
        "id": "integer", "YDYHFLDM": "text", "rjl": "number", "new": "flag",
    }  # fmt: skip
    assert found.sample["YDYHFLDM"].tolist() == ["0701", "0702"]


def test_passwords_never_show(
    execute: Execute, city: str, faults: Callable[..., list[Finding]], tmp_path: Path
) -> None:
    execute(PARCELS, TWO)
    secret = city.replace("postgres@", "postgres:S3cret@")
    (found,) = datasets(secret)
    assert (found.source, len(found.findings)) == (city, 1)
    (tmp_path / "plan.toml").write_text(
        f'{HEAD}[layers.parcels]\nsource = "{secret}"\nlayer = "地块"\n{FIELDS}', "utf-8"
    )
    with pytest.raises(InputError) as raised:
        read_plan(tmp_path)
    assert "S3cret" not in f"{raised.value} {raised.value.findings} {found}"


def test_no_answer_is_the_services_fault(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(
        f'{HEAD}[layers.parcels]\nsource = "host=127.0.0.1 port=1 dbname=city"\n', "utf-8"
    )
    with pytest.raises(ServiceError, match="127") as raised:
        read_plan(tmp_path)
    assert raised.value.exit_code == 4
    (found,) = datasets("host=127.0.0.1 port=1 dbname=city")
    assert found.kind == "unreadable"


def test_a_database_without_postgis(server: str) -> None:
    (found,) = datasets(f"{server}/postgres")
    assert [f.found_in("en") for f in found.findings] == [
        "the database has no PostGIS: CREATE EXTENSION postgis"
    ]
