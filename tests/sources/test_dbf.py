"""The encoding of a shapefile: what is stated, what the bytes say."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from tests.sources.shared import shared

from carbonspace.sources.dbf import Encoding, codec, decode, decoded, encoding_of, misfits

LDID_AT = 29
GBK_LDID, ANSI_LDID, LATIN_LDID = 0x4D, 0x57, 0x03


@pytest.fixture
def shapefile(tmp_path: Path) -> Path:
    return tmp_path / "地块 1.shp"


def write(
    path: Path, texts: list[str], encoding: str, *, cpg: str | None = None, ldid: int = 0
) -> None:
    squares = [shapely.box(n, 0, n + 1, 1) for n in range(len(texts))]
    frame = gpd.GeoDataFrame({"NAME": texts}, geometry=squares, crs="EPSG:4547")
    pyogrio.write_dataframe(frame, path, encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg, "ascii")
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[LDID_AT] = ldid
    path.with_suffix(".dbf").write_bytes(table)


@pytest.mark.parametrize("cpg", ["GBK", "936", "ANSI 936", "cp936\r\n", "GB2312", "gb18030"])
def test_the_cpg_comes_first(cpg: str, shapefile: Path) -> None:
    write(shapefile, ["甲"], "GBK", cpg=cpg, ldid=LATIN_LDID)
    assert encoding_of(shapefile) == Encoding("GB18030", "cpg")


def test_then_the_language_byte(shapefile: Path) -> None:
    write(shapefile, ["甲"], "GBK", ldid=GBK_LDID)
    assert encoding_of(shapefile) == Encoding("GB18030", "ldid")
    write(shapefile, ["ñ"], "CP1252", ldid=LATIN_LDID)
    assert encoding_of(shapefile) == Encoding("CP1252", "ldid")


def test_long_texts_that_are_no_chinese_are_looked_at_once(shapefile: Path) -> None:
    """Found by the fuzzer: a pattern that could match them in many ways tried every one."""
    write(shapefile, [f"{'Avenida de la Libertad ' * 5}ñ 1"], "CP1252", ldid=LATIN_LDID)
    assert encoding_of(shapefile) == Encoding("CP1252", "ldid")


@pytest.mark.parametrize("ldid", [0, ANSI_LDID, 0xFE])
def test_then_the_bytes(ldid: int, shapefile: Path) -> None:
    write(shapefile, ["甲乙"], "UTF-8", ldid=ldid)
    assert encoding_of(shapefile) == Encoding("UTF-8", "bytes")
    write(shapefile, ["甲乙"], "GBK", ldid=ldid)
    assert encoding_of(shapefile) == Encoding("GB18030", "bytes")


def test_ascii_needs_no_encoding(shapefile: Path) -> None:
    write(shapefile, ["A-1"], "UTF-8", cpg="GBK")
    assert encoding_of(shapefile) is None
    assert encoding_of(shapefile.with_name("none.shp")) is None


def test_a_cpg_that_does_not_fit_is_refuted(shapefile: Path) -> None:
    write(shapefile, ["甲乙"], "GBK", cpg="UTF-8")
    assert encoding_of(shapefile) == Encoding("GB18030", "bytes", refuted="utf-8")
    write(shapefile, ["甲乙"], "GBK", cpg="UTF-8", ldid=GBK_LDID)
    assert encoding_of(shapefile) == Encoding("GB18030", "ldid", refuted="utf-8")


@pytest.mark.parametrize("cpg", ["", "no such", "zlib", "utf-16", "x" * 10_000, "0"])
def test_a_cpg_that_says_nothing_is_passed_over(cpg: str, shapefile: Path) -> None:
    write(shapefile, ["甲乙"], "GBK", cpg=cpg)
    assert encoding_of(shapefile) == Encoding("GB18030", "bytes")


def test_a_statement_the_bytes_speak_against(shapefile: Path) -> None:
    write(shapefile, ["甲乙"], "UTF-8", cpg="GBK")
    assert encoding_of(shapefile) == Encoding("GB18030", "cpg", rival="UTF-8")
    write(shapefile, ["甲乙"], "GBK", cpg="ISO-8859-1")
    assert encoding_of(shapefile) == Encoding("ISO8859-1", "cpg", rival="GB18030")
    write(shapefile, ["España"], "ISO-8859-1", cpg="ISO-8859-1")
    assert encoding_of(shapefile) == Encoding("ISO8859-1", "cpg")


def test_bytes_of_no_encoding_are_counted(shapefile: Path) -> None:
    write(shapefile, ["甲乙", "丙丁", "戊XX"], "UTF-8")
    table = shapefile.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"XX", b"\xff\xff"))
    assert encoding_of(shapefile) == Encoding("UTF-8", "bytes", misfits=1)


def test_a_character_that_the_field_cuts_is_dropped(shapefile: Path) -> None:
    assert decode("甲乙".encode()[:-1], "utf-8") == "甲"
    assert decode("甲乙".encode("gbk")[:-1], "gbk") == "甲"
    write(shapefile, ["甲" * 26 + "XX", "乙"], "UTF-8")  # in a field of 80 bytes
    table = shapefile.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"XX", "甲".encode()[:2]))
    assert encoding_of(shapefile) == Encoding("UTF-8", "bytes")


def test_half_a_character_in_the_midst_of_a_field_is_a_fault(shapefile: Path) -> None:
    write(shapefile, ["甲" * 10 + "XX", "乙" * 10, "丙" * 10], "UTF-8")
    table = shapefile.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"XX", "甲".encode()[:2]))
    assert encoding_of(shapefile) == Encoding("UTF-8", "bytes", misfits=1)
    assert misfits(shapefile, "UTF-8") == 1


def test_deleted_rows_do_not_count(shapefile: Path) -> None:
    write(shapefile, ["甲乙", "XX"], "UTF-8")
    table = shapefile.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b" XX", b"*\xff\xff"))
    assert encoding_of(shapefile) == Encoding("UTF-8", "bytes")


@pytest.mark.parametrize("content", [b"", b"\x03", b"\x03" * 31, b"\xff" * 40, b"\0" * 400])
def test_a_table_that_is_none(content: bytes, shapefile: Path) -> None:
    shapefile.with_suffix(".dbf").write_bytes(content)
    assert encoding_of(shapefile) in (None, Encoding("GB18030", "bytes"))


def test_texts_read_byte_for_byte_are_decoded() -> None:
    raw = pd.Series(["甲".encode("gbk").decode("latin-1"), None, "a"], dtype="str")
    result = decoded(raw, "GB18030")
    assert result.iloc[[0, 2]].tolist() == ["甲", "a"]
    assert result.isna().tolist() == [False, True, False]
    with pytest.raises(UnicodeDecodeError):
        decoded(raw, "UTF-8")
    assert decoded(raw, "UTF-8", errors="replace").iloc[0] == "\ufffd"


@pytest.mark.parametrize("name", ["zlib", "hex", "rot13", "utf-16", "utf-7", "unicode_escape",
                                  "idna", "undefined", "a\0b", "", "no such", "hz"])  # fmt: skip
def test_codecs_that_are_no_text_encoding(name: str) -> None:
    assert codec(name) is None


def test_the_roads_of_xian() -> None:
    found = encoding_of(shared("gbk_roads", "rode_project.shp"))
    assert found == Encoding("GB18030", "bytes")
