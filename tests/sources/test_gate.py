"""What is refused before a reader touches it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from carbonspace.sources.gate import MOST_TEXT_BYTES, aside, barred, is_zip

GML = b'<?xml version="1.0"?>\n<ogr:FeatureCollection/>'
ENTITY = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
CONTENTS = [
    ("a.gpkg", b"\x8f\x11" * 64, "Not a GeoPackage: its content is encrypted or damaged"),
    ("a.shp", b"\x1f\x8b\x08 packed", "The file is packed"),
    ("a.rar", b"Rar!\x1a\x07\x00", "The file is packed"),
    ("a.7z", b"7z\xbc\xaf\x27\x1c", "The file is packed"),
    ("a.tar", b"name".ljust(257, b"\0") + b"ustar\0", "The file is packed"),
    ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1", "An encrypted or old Office file"),
    ("a.dwg", b"AC1032\0\0", "A DWG drawing of AutoCAD"),
    ("a.mdb", b"\0\x01\0\0Standard Jet DB\0", "An Access database (personal geodatabase)"),
    ("a.vrt", b"<OGRVRTDataSource>", "The file only points to data somewhere else"),
    ("a.gml", b" <!-- <a --> <OGRWFSDataSource>", "The file only points to data somewhere else"),
    ("a.json", b'{"type": "gdal_streamed_alg"}', "The file only points to data somewhere else"),
]
ENTITIES = [
    ENTITY + b"<a/>",
    b"<?xml version='1.0'?><!-- <a> --><?p <a ?>" + ENTITY + b"<a/>",
    b"\xef\xbb\xbf<?xml version='1.0'?>" + ENTITY + b"<a/>",
    (b"<?xml version='1.0'?>" + ENTITY + b"<a/>").decode().encode("utf-16"),
    b"<?xml version='1.0'?>" + b" " * (1 << 17) + ENTITY + b"<a/>",
    b"<?xml version='1.0'?><!--" + b" " * (1 << 17) + b"-->" + ENTITY + b"<a/>",
]


def refusal(path: Path) -> str:
    found = barred("parcels", "the file", path)
    assert found is not None
    assert (found.severity, found.layer) == ("error", "parcels")
    assert found.found_in("en").startswith("the file")
    assert all(found.what)
    assert all(found.action)
    return found.what.en


@pytest.mark.parametrize(("name", "content", "what"), CONTENTS)
def test_content_that_no_reader_should_see(
    name: str, content: bytes, what: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path / name) == what


@pytest.mark.parametrize("content", ENTITIES)
def test_xml_entities_are_refused_wherever_they_hide(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.gml").write_bytes(content)
    assert "DOCTYPE" in refusal(tmp_path / "a.gml")


@pytest.mark.parametrize(
    "content", [GML, b"<a><![CDATA[<!DOCTYPE html>]]></a>", b"<a>" + b" " * (1 << 17), b"x,y\n1,2"]
)
def test_ordinary_text_passes(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.gml").write_bytes(content)
    assert barred("parcels", "a", tmp_path / "a.gml") is None


def test_nothing_there_is_for_others_to_say(tmp_path: Path) -> None:
    assert barred("parcels", "a", tmp_path / "none.gpkg") is None
    assert barred("parcels", "a", tmp_path) is None


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "a.gpkg").touch()
    assert refusal(tmp_path / "a.gpkg") == "The file is empty (0 bytes)"


def test_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert refusal(tmp_path / "a") == "A loop of symbolic links"


def test_paths_no_system_knows(tmp_path: Path) -> None:
    assert refusal(Path("a\0b")) == "The path cannot be used"
    assert refusal(tmp_path / ("长" * 300)) == "The path cannot be used"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.gpkg")
    assert refusal(tmp_path / "a.gpkg") == "It is no ordinary file"
    assert refusal(Path("/dev/zero")) == "It is no ordinary file"


def test_a_file_somebody_else_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.gpkg").write_text("x")

    def held(*_: object, **__: object) -> None:
        raise PermissionError(13, "held by another program")

    monkeypatch.setattr(Path, "open", held)
    assert refusal(tmp_path / "a.gpkg").startswith("The file may not be read")


def test_ten_gigabytes_of_text_are_not_read(tmp_path: Path) -> None:
    for size, refused in ((10 << 30, True), (MOST_TEXT_BYTES, False)):
        with (tmp_path / "a.geojson").open("wb") as file:
            file.truncate(size)  # a hole: it takes no room on the disk
        assert (barred("parcels", "a", tmp_path / "a.geojson") is not None) is refused
    assert barred("parcels", "a", tmp_path / "a.geojson") is None


def test_zip_is_told_by_content(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04rest")
    (tmp_path / "b.zip").write_bytes(b"nothing")
    assert is_zip(tmp_path / "a.xlsx")
    assert not is_zip(tmp_path / "b.zip")
    assert not is_zip(tmp_path)


def test_a_gml_is_read_aside_with_what_belongs_to_it(tmp_path: Path) -> None:
    for name in ("市.gml", "市.xsd", "other.gml"):
        (tmp_path / name).write_bytes(GML)
    with aside(tmp_path / "市.gml") as path:
        assert path.parent != tmp_path
        assert sorted(p.name for p in path.parent.iterdir()) == ["市.gml", "市.xsd"]
        assert path.read_bytes() == GML
    assert not path.parent.exists()
    with aside(tmp_path / "a.gpkg") as path:
        assert path == tmp_path / "a.gpkg"
