"""Bad input through the command line: refused in a planner's words, or evaluated; nothing else."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import box
from tests.cli.calls import called

X, Y = 500_000.0, 4_000_000.0
CRS = "EPSG:4547"
NOBODY = 65_534
MOST_MEGABYTES = 600
"""What looking at a file of 10 GB may take, most of it the libraries themselves."""


def parcels(count: int = 20) -> gpd.GeoDataFrame:
    squares = [box(X + 10 * n, Y, X + 10 * n + 10, Y + 10) for n in range(count)]
    columns = {"parcel_id": [f"地-{n}" for n in range(count)], "land_use": ["0701"] * count}
    return gpd.GeoDataFrame(columns, geometry=squares, crs=CRS)


def plan_of(folder: Path, source: str, key: str = "parcels") -> Path:
    units = gpd.GeoDataFrame(
        {"unit_id": ["U"], "population": [100.0]}, geometry=[box(X, Y, X + 1000, Y + 1000)], crs=CRS
    )
    units.to_file(folder / "units.gpkg")
    if key != "parcels":
        parcels().to_file(folder / "parcels.gpkg")
        parcels().iloc[:1].drop(columns=["parcel_id"]).to_file(folder / "parks.gpkg")
    path = folder / "plan.toml"
    sound = () if key == "parcels" else ("parcels", "parks")
    more = "".join(f'[layers.{one}]\nsource = "{one}.gpkg"\n' for one in sound)
    path.write_text(
        f'format = 1\nname = "试"\ncrs = "{CRS}"\n[layers.units]\nsource = "units.gpkg"\n{more}'
        f'[layers.{key}]\nsource = "{source}"\n', "utf-8",
    )  # fmt: skip
    return path


def corrupt(folder: Path) -> str:
    parcels().to_file(folder / "p.gpkg")
    content = bytearray((folder / "p.gpkg").read_bytes())
    content[100:] = np.random.default_rng(1).bytes(len(content) - 100)
    (folder / "p.gpkg").write_bytes(content)
    return "p.gpkg"


def truncated(folder: Path) -> str:
    parcels().to_file(folder / "p.gpkg")
    os.truncate(folder / "p.gpkg", (folder / "p.gpkg").stat().st_size // 2)
    return "p.gpkg"


def encrypted_database(folder: Path) -> str:
    (folder / "p.gpkg").write_bytes(np.random.default_rng(2).bytes(8192))
    return "p.gpkg"


def encrypted_archive(folder: Path) -> str:
    with zipfile.ZipFile(folder / "p.zip", "w") as archive:
        archive.writestr("p.geojson", "{}")
    content = bytearray((folder / "p.zip").read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (folder / "p.zip").write_bytes(content)
    return "p.zip"


def without_features(folder: Path) -> str:
    parcels().iloc[:0].to_file(folder / "p.gpkg")
    return "p.gpkg"


def of_no_bytes(folder: Path) -> str:
    (folder / "p.shp").touch()
    return "p.shp"


def without_geometry(folder: Path) -> str:
    pd.DataFrame({"parcel_id": ["1"], "land_use": ["07"]}).to_csv(folder / "p.csv", index=False)
    return "p.csv"


def ten_gigabytes(folder: Path) -> str:
    with (folder / "p.geojson").open("wb") as file:
        file.write(b'{"type":"FeatureCollection","features":[')
        file.truncate(10 << 30)  # a hole: it takes no room on the disk
    return "p.geojson"


def link_loop(folder: Path) -> str:
    (folder / "p.gpkg").symlink_to(folder / "q.gpkg")
    (folder / "q.gpkg").symlink_to(folder / "p.gpkg")
    return "p.gpkg"


def bomb(folder: Path) -> str:
    with zipfile.ZipFile(folder / "p.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p.geojson", " " * (2 << 20))
    return "p.zip"


def billion_laughs(folder: Path) -> str:
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    (folder / "p.gml").write_text(
        f'<?xml version="1.0"?><!DOCTYPE g [<!ENTITY l0 "ha">{laughs}]><g>&l9;</g>', "utf-8"
    )
    return "p.gml"


def external_entity(folder: Path) -> str:
    (folder / "secret.txt").write_text("geheim", "utf-8")
    (folder / "p.gml").write_text(
        '<?xml version="1.0"?><!DOCTYPE g [<!ENTITY x SYSTEM "secret.txt">]><g>&x;</g>', "utf-8"
    )
    return "p.gml"


BAD: list[tuple[Callable[[Path], str], str, str]] = [
    (corrupt, "无法读取", "cannot be read"),
    (truncated, "文件不完整，结尾缺失", "The file is cut short"),
    (encrypted_database, "内容已加密或损坏", "its content is encrypted or damaged"),
    (encrypted_archive, "压缩包已加密", "The archive is encrypted"),
    (of_no_bytes, "文件为空（0 字节）", "The file is empty (0 bytes)"),
    (ten_gigabytes, "文本格式的文件过大", "The text file is too large"),
    (link_loop, "符号链接循环", "A loop of symbolic links"),
    (bomb, "压缩包解压后过大", "The archive unpacks to too much"),
    (billion_laughs, "DOCTYPE", "DOCTYPE"),
    (external_entity, "DOCTYPE", "DOCTYPE"),
]
ONLY_IN_A_PLAN: list[tuple[Callable[[Path], str], str, str]] = [
    (without_features, "图层没有要素", "The layer has no features"),
    (without_geometry, "只有表格", "The file holds tables, no geometry"),
]


@pytest.fixture(autouse=True)
def nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    monkeypatch.setattr("carbonspace.sources.archive.MOST_BYTES", 1 << 20)
    yield
    assert not list(scratch.iterdir())


def said(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    text = " ".join((captured.out + captured.err).split())
    assert "Traceback" not in text
    assert "internal" not in text
    assert "内部错误" not in text
    return text.replace(" ", "")


def holds(text: str, words: str) -> bool:
    """Tell whether words were said, wherever the terminal broke the line."""
    return words.replace(" ", "") in text


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("make", "zh", "en"), BAD + ONLY_IN_A_PLAN)
def test_check_and_run_refuse(
    make: Callable[[Path], str], zh: str, en: str, lang: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    plan = plan_of(tmp_path, make(tmp_path))
    before = {p: p.lstat().st_size for p in tmp_path.rglob("*")}
    assert called("check", plan, "--lang", lang) == 3
    assert holds(said(capsys), zh if lang == "zh" else en)
    assert called("run", plan, "--out", tmp_path / "out", "--progress", "none", "--lang", lang) == 3
    assert holds(said(capsys), zh if lang == "zh" else en)
    assert {p: p.lstat().st_size for p in tmp_path.rglob("*")} == before


@pytest.mark.parametrize("make", [one[0] for one in BAD + ONLY_IN_A_PLAN])
def test_what_was_found_has_no_english_words(
    make: Callable[[Path], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names of files, units of size, and the quoted words of other programs aside."""
    plan = plan_of(tmp_path, make(tmp_path))
    called("check", plan, "--out", tmp_path / "found", "--lang", "zh")
    said(capsys)
    found = pd.read_csv(tmp_path / "found" / "findings.csv")["found_zh"].astype(str)
    left = found.str.replace(r"“.*?”|[\w-]+\.[a-z]+|GiB|MiB|</\w+>", "", regex=True)
    assert not left.str.contains(r"[A-Za-z]{2,}").any(), left.tolist()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("make", "zh", "en"), BAD)
def test_init_refuses_what_it_cannot_read(
    make: Callable[[Path], str], zh: str, en: str, lang: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    data = tmp_path / "data"
    data.mkdir()
    source = data / make(data)
    if make is not link_loop:  # a loop does not even exist
        assert called("init", source, "-o", tmp_path / "new.toml", "--lang", lang) == 3
        assert holds(said(capsys), zh if lang == "zh" else en)
    assert called("init", data, "-o", tmp_path / "new.toml", "--lang", lang) == 3
    assert holds(said(capsys), zh if lang == "zh" else en)
    assert not (tmp_path / "new.toml").exists()


@pytest.mark.parametrize("make", [one[0] for one in BAD])
def test_init_uses_the_rest_and_says_what_it_left(
    make: Callable[[Path], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path)
    parcels().to_file(tmp_path / "地块.gpkg")
    assert called("init", tmp_path, "-o", tmp_path / "new.toml", "--lang", "zh") == 0
    said(capsys)
    text = (tmp_path / "new.toml").read_text("utf-8")
    assert 'source = "地块.gpkg"' in text
    assert "未使用的数据" in text


@pytest.mark.parametrize("make", [one[0] for one in BAD if one[0] is not link_loop])
def test_a_layer_of_one_theme_is_set_aside_and_the_rest_computed(
    make: Callable[[Path], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = plan_of(tmp_path, make(tmp_path), "car_parks")
    assert called("check", plan, "--lang", "zh") == 0
    said(capsys)
    out = tmp_path / "out"
    assert called("run", plan, "--out", out, "--progress", "none", "--lang", "zh") == 0
    said(capsys)
    table = pd.read_csv(out / "indicators.csv").drop_duplicates(["unit_id", "indicator"])
    city = table[table["unit_id"] == "city"].set_index("indicator")
    assert city.loc["charging_car_park_share", "status"] == "no_data"
    assert "图层未使用：停车场（car_parks）" in city.loc["charging_car_park_share", "reason_zh"]
    assert (city["status"] != "no_data").any()
    only = ("run", plan, "--out", tmp_path / "o2", "--indicator", "car_park_count")
    assert called(*only) == 3
    assert not (tmp_path / "o2").exists()


@pytest.mark.parametrize("command", ["check", "run"])
def test_sound_but_unusual_files_are_evaluated(command: str, tmp_path: Path) -> None:
    """10,000 vertices, a path in Chinese with blanks, and a database another program holds."""
    folder = tmp_path / "规划 成果（终稿）" / "100% 完成 #1"
    folder.mkdir(parents=True)
    circle = shapely.Point(X + 500, Y + 500).buffer(100, quad_segs=2500)
    assert shapely.get_num_coordinates(circle) == 10_001
    round_one = gpd.GeoDataFrame(
        {"parcel_id": ["圆"], "land_use": ["0701"]}, geometry=[circle], crs=CRS
    )
    round_one.to_file(folder / "地块 1.gpkg")
    plan = plan_of(tmp_path, f"{folder.relative_to(tmp_path).as_posix()}/地块 1.gpkg")
    more = () if command == "check" else ("--out", tmp_path / "结果 1", "--progress", "none")
    with closing(sqlite3.connect(folder / "地块 1.gpkg", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert called(command, plan, *more) == 0
        other.execute("ROLLBACK")


@contextmanager
def without_rights() -> Iterator[None]:
    """Be somebody else for a while: nothing is forbidden to the administrator."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_file_that_may_not_be_read(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        plan = plan_of(folder, "p.gpkg")
        parcels().to_file(folder / "p.gpkg")
        folder.chmod(0o755)
        (folder / "p.gpkg").chmod(0)
        words = "没有读取权限" if lang == "zh" else "The file may not be read"
        with without_rights():
            for arguments in (("check", plan), ("run", plan, "--out", folder / "out"),
                              ("init", folder / "p.gpkg", "-o", folder / "new.toml")):  # fmt: skip
                assert called(*arguments, "--lang", lang) == 3
                assert holds(said(capsys), words)
        assert {p.name for p in folder.iterdir()} == {"p.gpkg", "units.gpkg", "plan.toml"}
    finally:
        shutil.rmtree(folder)


PEAK = """
import os
import re
from pathlib import Path
from carbonspace.cli import main
try:
    main()
finally:
    peak = re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text()).group(1)
    Path(os.environ["PEAK"]).write_text(peak)
"""
"""What wait4 tells of a child may be the peak of its parent: the child tells its own."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells it so")
@pytest.mark.parametrize("make", [ten_gigabytes, billion_laughs])
@pytest.mark.parametrize("command", ["check", "init"])
def test_the_memory_is_not_eaten(make: Callable[[Path], str], command: str, tmp_path: Path) -> None:
    source = make(tmp_path)
    plan = plan_of(tmp_path, source)
    new, peak = tmp_path / "new.toml", tmp_path / "peak.txt"
    given = [plan] if command == "check" else [tmp_path / source, "-o", new]
    call = [sys.executable, "-c", PEAK, command, *map(str, given)]
    assert subprocess.run(call, env={**os.environ, "PEAK": str(peak)}, check=False).returncode == 3
    assert int(peak.read_text()) / 1024 < MOST_MEGABYTES
