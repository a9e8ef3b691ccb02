"""The golden plan in a PostGIS that asks for a password."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import psycopg
from psycopg import sql

GOLDEN = Path(__file__).parents[2] / "data" / "samples" / "golden" / "plan.gpkg"
_ODD = """
CREATE VIEW keyed AS SELECT * FROM parks;
CREATE TABLE keyless AS SELECT parcel_id, land_use, geom FROM parcels;
CREATE TABLE odd (id int PRIMARY KEY, list int[], tree jsonb, bytes bytea, share numeric(20, 3),
    moment timestamptz, uuid uuid, flag boolean, geom geometry(CurvePolygon, 4547),
    other geometry(Point, 4547));
INSERT INTO odd VALUES (1, '{1,2}', '{"k": 1}', '\\x00ff', 1.5, '2025-01-02 03:04:05Z',
    '00000000-0000-0000-0000-000000000001', true, ST_GeomFromText(
    'CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))', 4547), ST_Point(1, 2, 4547));
CREATE TABLE many AS SELECT n AS id, ST_MakeEnvelope(n, 0, n + 1, 1, 4547)::
    geometry(Polygon, 4547) AS geom FROM generate_series(1, 6000) AS n;
CREATE VIEW breaking AS SELECT id, 1 / (id - 5000) AS x, geom FROM many;
CREATE TABLE mixed AS SELECT n AS id, CASE WHEN n % 2 = 0 THEN ST_Point(n, 1, 4547)
    ELSE ST_MakeEnvelope(n, 0, n + 1, 1, 4547) END AS geom FROM generate_series(1, 10) AS n;
GRANT ALL ON ALL TABLES IN SCHEMA public TO planner;
"""


def fill(server: str, database: str, secret: str) -> None:
    """Make a database with the golden plan, for a user `planner` who needs the secret."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {database} TEMPLATE gis".encode())
        admin.execute(sql.SQL("CREATE ROLE planner LOGIN PASSWORD {}").format(secret))
        ((access,),) = admin.execute("SHOW hba_file").fetchall()
        others = Path(access).read_text()
        Path(access).write_text(f"host all planner 127.0.0.1/32 scram-sha-256\n{others}")
        admin.execute("SELECT pg_reload_conf()")
    with psycopg.connect(f"{server}/{database}", autocommit=True) as opened:
        for name in ("units", "parcels", "parks"):
            _copy(opened, name)
        opened.execute(_ODD.encode())


def _copy(opened: psycopg.Connection, name: str) -> None:
    read = gpd.read_file(GOLDEN, layer=name)
    texts = [one for one in read.columns if one != "geometry"]
    table, columns = sql.Identifier(name), [*map(sql.Identifier, texts)]
    opened.execute(sql.SQL("CREATE TABLE {} (fid serial PRIMARY KEY, {}, geom geometry)").format(
        table, sql.SQL(", ").join(sql.SQL("{} text").format(one) for one in columns)))  # fmt: skip
    places = sql.SQL(", ").join([sql.Placeholder()] * len(texts))
    insert = sql.SQL("INSERT INTO {} ({}, geom) VALUES ({}, ST_GeomFromWKB(%s, 4547))").format(
        table, sql.SQL(", ").join(columns), places)  # fmt: skip
    shapes = read.geometry.to_wkb()
    values = read[texts].astype(object).where(read[texts].notna(), None).to_numpy().tolist()
    with opened.cursor() as cursor:
        cursor.executemany(
            insert, [[*row, shape] for row, shape in zip(values, shapes, strict=True)]
        )
    opened.execute(sql.SQL("ALTER TABLE {} ALTER geom TYPE geometry(MultiPolygon, 4547)"
                           " USING ST_Multi(geom)").format(table))  # fmt: skip
