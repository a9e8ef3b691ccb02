"""The metadata extension of GeoPackage: who, when, of what, for the whole file.

OGC 12-128r14 (GeoPackage 1.2), Annex F.8.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from carbonspace.outputs.gpkgfile import WRITTEN
from carbonspace.outputs.iso19139 import document
from carbonspace.outputs.results import Results

_EXTENSION = "http://www.geopackage.org/spec120/#extension_metadata"
_STANDARD = "http://www.isotc211.org/2005/gmd"
_TABLES = {
    "gpkg_metadata": """
CREATE TABLE gpkg_metadata (
  id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL,
  md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL,
  mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '')""",
    "gpkg_metadata_reference": """
CREATE TABLE gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id))""",
}


def write_metadata(results: Results, path: Path) -> None:
    """Write an ISO 19139 document about all of a GeoPackage that has its layers and tables."""
    with closing(sqlite3.connect(path)) as database, database:
        (moment,) = database.execute(WRITTEN).fetchone()
        for name, statement in _TABLES.items():
            database.execute(statement)
            database.execute("INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, 'read-write')",
                             (name, "gpkg_metadata", _EXTENSION))  # fmt: skip
        database.execute("INSERT INTO gpkg_metadata VALUES (1, 'dataset', ?, 'text/xml', ?)",
                         (_STANDARD, document(results, moment)))  # fmt: skip
        whole = "'geopackage', NULL, NULL, NULL"
        database.execute(f"INSERT INTO gpkg_metadata_reference VALUES ({whole}, ?, 1, NULL)",
                         (moment,))  # fmt: skip
