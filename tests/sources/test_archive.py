"""Archives that behave, and archives that do not."""

from __future__ import annotations

import stat
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from carbonspace.errors import InputError
from carbonspace.sources.archive import datasets_in, names_in, unpacked


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def refusal(path: Path, most_bytes: int | None = None) -> str:
    with (
        pytest.raises(InputError) as raised,
        unpacked("parcels", path.name, path, most_bytes=most_bytes),
    ):
        pytest.fail("it was unpacked")
    (one,) = raised.value.findings
    assert one.found_in("en").startswith(path.name)
    return one.what.en


def test_files_come_out_and_go_away(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"规划/地块.shp": b"one", "b.txt": b"two"})
    with unpacked("parcels", "a.zip", path) as folder:
        assert (folder / "规划" / "地块.shp").read_bytes() == b"one"
        assert (folder / "b.txt").read_bytes() == b"two"
    assert not folder.exists()


def test_names_of_a_chinese_windows(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"XXXX.shp": b"one"})
    path.write_bytes(path.read_bytes().replace(b"XXXX.shp", "地块".encode("gbk") + b".shp"))
    with unpacked("parcels", "a.zip", path) as folder:
        assert [p.name for p in folder.iterdir()] == ["地块.shp"]


def test_names_that_lead_out_stay_inside(tmp_path: Path) -> None:
    names = ["../up.txt", "/root.txt", "C:\\drive.txt", "a/../../b.txt"]
    path = packed(tmp_path / "a.zip",
                  dict.fromkeys(names, b"x"))  # fmt: skip
    with unpacked("parcels", "a.zip", path) as folder:
        inside = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
        assert inside == ["a/b.txt", "drive.txt", "root.txt", "up.txt"]
        assert not (folder.parent / "up.txt").exists()


def test_links_are_left_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with unpacked("parcels", "a.zip", tmp_path / "a.zip") as folder:
        assert not list(folder.iterdir())


def test_a_bomb_is_refused_by_what_it_says(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.csv": b"0" * 1_000_000})
    assert path.stat().st_size < 2_000
    assert refusal(path, most_bytes=999_999) == "The archive unpacks to too much"


def test_a_bomb_that_lies_is_refused_as_it_comes_out(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.csv": b"0" * 1_000_000, "b.csv": b"0" * 1_000_000})
    stated = struct.pack("<I", 1_000_000)
    path.write_bytes(path.read_bytes().replace(stated, struct.pack("<I", 10)))
    assert refusal(path, most_bytes=500_000) in (
        "The archive unpacks to too much", "The archive is damaged or packed in an unknown way",
    )  # fmt: skip


def test_too_many_files(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {f"{n}": b"" for n in range(10_001)})
    assert refusal(path) == "The archive unpacks to too much"


def test_too_many_names_are_not_even_read(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a": b"x"})
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x05\x06")
    content[at + 12 : at + 16] = struct.pack("<I", 1 << 30)
    path.write_bytes(content)
    assert refusal(path) == "The archive unpacks to too much"


def test_an_encrypted_archive(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.csv": b"secret"})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(signature) + offset] |= 1
    path.write_bytes(content)
    assert refusal(path) == "The archive is encrypted"


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_truncated_archive(kept: float, tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.csv": bytes(range(256)) * 40})
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert refusal(path) == "The archive is damaged or packed in an unknown way"


def test_a_corrupt_archive(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.csv": bytes(range(256)) * 40})
    content = bytearray(path.read_bytes())
    content[60:80] = b"\xff" * 20
    path.write_bytes(content)
    assert refusal(path) == "The archive is damaged or packed in an unknown way"


def test_a_file_without_a_name(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", {"X": b"x"})
    path.write_bytes(path.read_bytes().replace(b"X", b"\0"))
    assert names_in(path) in ([], [""])
    with suppress(InputError), unpacked("parcels", "a.zip", path) as folder:
        assert not list(folder.iterdir())


def test_datasets_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.gdb").mkdir()
    for name in ("a.gdb/a0001.csv", "地块.shp", "地块.dbf", "readme.md"):
        (tmp_path / name).touch()
    assert [p.name for p in datasets_in(tmp_path)] == ["a.gdb", "地块.shp"]
