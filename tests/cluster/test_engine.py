"""The executor over separate processes: pieces, errors, and who is let in."""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path

import pytest
from tests.cluster import work
from tests.cluster.conftest import PATIENCE
from tests.cluster.farm import ROOT, Farm, free_port, wait_until

from carbonspace.cluster import guarded
from carbonspace.cluster.dask_engine import Certificates, engine, memory_of_one
from carbonspace.cluster.likeness import unseen_of
from carbonspace.errors import LostError, ServiceError, SourceError
from carbonspace.model.text import Text


def test_pieces_are_done_by_other_processes(farm: Farm, seen_plan: Path, tmp_path: Path) -> None:
    told = list[Text]()
    with engine(farm.address, seen_plan, tmp_path / "tiles", told=told.append) as running:
        assert running.workers == 2
        assert [*running.map(work.squared, range(50))] == [n * n for n in range(50)]
        assert os.getpid() not in {*running.map(work.process_of, [0.05] * 8)}
    assert not (tmp_path / "tiles").exists()
    assert told[0].en.startswith("the dashboard of the cluster: http://127.0.0.1:")


def test_what_was_gathered_is_let_go_of_by_the_cluster(
    farm: Farm, seen_plan: Path, tmp_path: Path
) -> None:
    with engine(farm.address, seen_plan, tmp_path / "tiles") as running:
        assert [*running.map(work.squared, range(20))][-1] == 361
        gc.collect()
        held = running._cluster._client.futures  # type: ignore[attr-defined]
        wait_until(lambda: not held, 10)


def test_errors_come_as_they_were_raised(farm: Farm, seen_plan: Path, tmp_path: Path) -> None:
    with engine(farm.address, seen_plan, tmp_path / "tiles") as running:
        error = running.submit(work.refused, 3).exception()
        assert isinstance(error, SourceError)
        assert (str(error), error.zh) == ("no source 3", "没有数据 3")
        assert isinstance(running.submit(divmod, 1, 0).exception(), ZeroDivisionError)


def test_a_full_disk_is_named_with_its_machine(farm: Farm, seen_plan: Path, tmp_path: Path) -> None:
    with engine(farm.address, seen_plan, tmp_path / "tiles") as running:
        error = running.submit(work.full, tmp_path).exception()
    assert isinstance(error, SourceError)
    assert f"{tmp_path}/0.tile cannot be written: No space left on device" in str(error)
    assert str(error).startswith(os.uname().nodename)
    assert "--tiles" in error.zh


def test_storage_that_is_away_for_a_moment_is_tried_again(
    farm: Farm, seen_plan: Path, tmp_path: Path
) -> None:
    with engine(farm.address, seen_plan, tmp_path / "tiles") as running:
        assert running.submit(work.unwell, tmp_path).result() == 1


def test_what_nobody_waits_for_any_more_is_cancelled(
    farm: Farm, seen_plan: Path, tmp_path: Path
) -> None:
    with engine(farm.address, seen_plan, tmp_path / "tiles") as running:
        pieces = [running.submit(work.process_of, 0.2) for _ in range(40)]
    assert all(one.done() for one in pieces)
    assert sum(one.cancelled() for one in pieces) > 30
    with pytest.raises(RuntimeError):
        running.submit(work.squared, 1)


def test_a_plan_that_workers_do_not_see_is_refused(
    farm: Farm, seen_plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = unseen_of
    monkeypatch.setattr(guarded, "unseen_of", lambda terms, seen: marks(
        terms._replace(sources=(("/elsewhere/parcels", "7 abc"),)), seen))  # fmt: skip
    with (
        pytest.raises(SourceError, match="/elsewhere/parcels") as caught,
        engine(farm.address, seen_plan, tmp_path / "tiles"),
    ):
        pass
    assert "NFS" in caught.value.zh
    assert caught.value.exit_code == 3


def test_no_scheduler(seen_plan: Path, tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    with (
        pytest.raises(LostError, match=f"no Dask scheduler answers at {address}") as caught,
        engine(address, seen_plan, tmp_path / "tiles", patience=PATIENCE),
    ):
        pass
    assert caught.value.exit_code == 4
    assert not (tmp_path / "tiles").exists()


def test_certificates_that_nobody_gave(seen_plan: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(SourceError, match="give the CA") as caught,
        engine("tls://127.0.0.1:1", seen_plan, tmp_path / "tiles", patience=PATIENCE),
    ):
        pass
    assert "私钥" in caught.value.zh


def test_no_workers_and_then_one_of_another_version(
    own_farm: Farm, seen_plan: Path, tmp_path: Path
) -> None:
    with (
        pytest.raises(LostError, match="has had no worker that can be used for 3 s"),
        engine(own_farm.address, seen_plan, tmp_path / "tiles", patience=PATIENCE),
    ):
        pass
    assert not (tmp_path / "tiles").exists()
    own_farm.worker(PYTHONPATH=_of_another_version(tmp_path))
    own_farm.knows(1)
    with (
        pytest.raises(ServiceError) as caught,
        engine(own_farm.address, seen_plan, tmp_path / "tiles", patience=PATIENCE),
    ):
        pass
    assert "carbonspace 0.0.9 ≠ " in str(caught.value)
    assert "code " in str(caught.value)
    assert "same.txt" in caught.value.zh
    assert "numpy" not in str(caught.value)


def _of_another_version(folder: Path) -> str:
    """Return a PYTHONPATH where carbonspace is an older one, and a library that Dask uses."""
    copy = folder / "older" / "carbonspace"
    shutil.copytree(ROOT / "src" / "carbonspace", copy,
                    ignore=shutil.ignore_patterns("__pycache__", "vendor"))  # fmt: skip
    (copy / "version.py").write_text('__version__ = "0.0.9"\n', "utf-8")
    (copy.parent / "toolz-0.1.dist-info").mkdir()
    (copy.parent / "toolz-0.1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: toolz\nVersion: 0.1\n", "utf-8"
    )
    return f"{copy.parent}{os.pathsep}{ROOT}"


def test_workers_of_this_machine_end_with_the_work(seen_plan: Path, tmp_path: Path) -> None:
    with engine("local:2", seen_plan, tmp_path / "tiles") as running:
        processes = {*running.map(work.process_of, [0.3] * 6)}
        assert len(processes) == 2
    wait_until(lambda: not any(Path(f"/proc/{one}").exists() for one in processes), 10)


def test_memory_of_workers_of_this_machine_is_bounded() -> None:
    assert memory_of_one(1) <= 2 << 30
    assert memory_of_one(1000) < memory_of_one(100)


def test_certificates_that_are_not_there(seen_plan: Path, tmp_path: Path) -> None:
    files = Certificates(ca=tmp_path / "none.pem")
    with (
        pytest.raises(SourceError, match="--cluster-tls-ca"),
        engine("tls://127.0.0.1:1", seen_plan, tmp_path / "tiles", certificates=files,
               patience=PATIENCE),
    ):  # fmt: skip
        pass
