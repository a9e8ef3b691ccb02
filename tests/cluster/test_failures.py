"""What may befall a cluster while it works: the same results, or words that say what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest
from tests.cluster import work
from tests.cluster.conftest import PATIENCE, long
from tests.cluster.farm import ROOT, Farm, frozen, process_in, wait_until

from carbonspace.cluster.canary import canary
from carbonspace.cluster.dask_engine import Certificates, engine
from carbonspace.errors import LostError, ServiceError
from carbonspace.model.text import Text

NUMBERS = range(12)
SQUARES = [n * n for n in NUMBERS]
OLDER_CPU = {"NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"}


def test_a_worker_is_killed(own_farm: Farm, seen_plan: Path, tmp_path: Path) -> None:
    receipts = _room(tmp_path)
    with engine(own_farm.up(2).address, seen_plan, tmp_path / "tiles") as running:
        pieces = [running.submit(work.noted, receipts, n, 0.2) for n in NUMBERS]
        _at_work(own_farm, receipts).kill()
        assert [one.result() for one in pieces] == SQUARES


@long
def test_a_worker_is_frozen(own_farm: Farm, seen_plan: Path, tmp_path: Path) -> None:
    receipts = _room(tmp_path)
    with engine(own_farm.up(2).address, seen_plan, tmp_path / "tiles") as running:
        pieces = [running.submit(work.noted, receipts, n, 0.2) for n in NUMBERS]
        frozen(_at_work(own_farm, receipts))
        assert [one.result(timeout=60) for one in pieces] == SQUARES


def test_the_scheduler_is_killed_and_a_rerun_does_the_rest(
    own_farm: Farm, seen_plan: Path, tmp_path: Path
) -> None:
    receipts = _room(tmp_path)
    with engine(own_farm.up(1).address, seen_plan, tmp_path / "tiles") as running:
        pieces = [running.submit(work.noted, receipts, n, 0.2) for n in NUMBERS]
        wait_until(lambda: len([*receipts.glob("*.receipt")]) > 2)
        own_farm.scheduler.kill()
        faults = [one.exception(timeout=60) for one in pieces]
    assert isinstance(faults[-1], LostError)
    assert "run again" in str(faults[-1])
    done = [n for n in NUMBERS if (receipts / f"{n}.receipt").exists()]
    assert all(faults[n] is not None for n in NUMBERS if n not in done)
    assert 2 < len(done) < len(NUMBERS)


@long
def test_the_scheduler_is_frozen(own_farm: Farm, seen_plan: Path, tmp_path: Path) -> None:
    patience = PATIENCE._replace(answer=3)
    with engine(own_farm.up(1).address, seen_plan, tmp_path / "tiles", patience=patience) as one:
        pieces = [one.submit(work.process_of, 0.5) for _ in NUMBERS]
        frozen(own_farm.scheduler)
        faults = [piece.exception(timeout=60) for piece in pieces]
    assert "has given no answer for 4 s" in str(faults[-1])


@long
def test_all_workers_are_killed_and_none_comes(
    own_farm: Farm, seen_plan: Path, tmp_path: Path
) -> None:
    address = own_farm.up(2).address
    with engine(address, seen_plan, tmp_path / "tiles", patience=PATIENCE) as running:
        pieces = [running.submit(work.process_of, 0.5) for _ in NUMBERS]
        for one in own_farm.workers:
            one.kill()
        faults = [piece.exception(timeout=60) for piece in pieces]
    assert all("has had no worker that can be used for 4 s" in str(one) for one in faults)


@long
def test_all_workers_are_killed_and_another_comes(
    own_farm: Farm, seen_plan: Path, tmp_path: Path
) -> None:
    with engine(own_farm.up(1).address, seen_plan, tmp_path / "tiles") as running:
        receipts = _room(tmp_path)
        pieces = [running.submit(work.noted, receipts, n, 0.1) for n in NUMBERS]
        _at_work(own_farm, receipts).kill()
        own_farm.worker()
        assert [one.result(timeout=60) for one in pieces] == SQUARES


@long
def test_a_piece_that_ends_every_worker_is_given_up(
    tmp_path: Path, seen_plan: Path
) -> None:  # fmt: skip
    settings = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
    (tmp_path / "farm").mkdir()
    with Farm(tmp_path / "farm", settings=settings) as own_farm:
        told = list[Text]()
        own_farm.up(3)
        with engine(own_farm.address, seen_plan, tmp_path / "tiles", told=told.append) as running:
            error = running.submit(work.suicide).exception(timeout=60)
            assert running.submit(work.squared, 3).result(timeout=60) == 9
    assert "allowed-failures 1" in told[0].en or "allowed-failures 1" in told[1].en
    assert "2 workers ended while they worked on the same tile" in str(error)


@long
def test_workers_that_come_later_are_held_against_the_terms(
    own_farm: Farm, seen_plan: Path, tmp_path: Path
) -> None:
    told, receipts = list[Text](), _room(tmp_path)
    with engine(own_farm.up(1).address, seen_plan, tmp_path / "tiles", told=told.append) as running:
        pieces = [running.submit(work.noted, receipts, n, 0.4) for n in range(40)]
        stranger = own_farm.worker(PYTHONPATH=str(ROOT))
        other = own_farm.worker(PYTHONPATH=_another_version(tmp_path))
        alike = own_farm.worker()
        assert [one.result(timeout=120) for one in pieces] == [n * n for n in range(40)]
        wait_until(lambda: len(told) > 2)
    begun = {process_in(one.name) for one in receipts.glob("*.begun-*")}
    assert begun <= {own_farm.workers[0].pid, alike.pid}
    assert not begun & {stranger.pid, other.pid}
    said = "\n".join(one.en for one in told[1:])
    assert "No module named 'carbonspace'" in said
    assert "carbonspace 0.0.9 ≠" in said
    assert all(one.poll() is None for one in own_farm.workers)


@long
@pytest.mark.skipif(
    canary() == canary() and "avx512f" not in Path("/proc/cpuinfo").read_text("utf-8"),
    reason="this processor has no other routines",
)
def test_another_generation_of_processors_is_noticed(
    own_farm: Farm, seen_plan: Path, tmp_path: Path
) -> None:
    own_farm.worker(**OLDER_CPU)
    own_farm.knows(1)
    with (
        pytest.raises(ServiceError) as caught,
        engine(own_farm.address, seen_plan, tmp_path / "tiles", patience=PATIENCE),
    ):
        pass
    assert "canary numpy.exp" in str(caught.value)
    assert "NPY_DISABLE_CPU_FEATURES" in caught.value.zh


def test_tls(tmp_path: Path, seen_plan: Path) -> None:
    certificates = _certificates(tmp_path)
    (tmp_path / "farm").mkdir()
    options = ["--tls-ca-file", str(certificates.ca), "--tls-cert", str(certificates.cert),
               "--tls-key", str(certificates.key)]  # fmt: skip
    with Farm(tmp_path / "farm", security=options) as own_farm:
        own_farm.up(1)
        opened = partial(engine, plan=seen_plan, folder=tmp_path / "tiles", patience=PATIENCE)
        with opened(own_farm.address, certificates=certificates) as running:
            assert running.submit(work.squared, 7).result() == 49
        alien = _certificates(tmp_path / "alien")
        with (
            pytest.raises(ServiceError, match="TLS with tls://") as caught,
            opened(own_farm.address, certificates=alien),
        ):
            pass
        assert "--cluster-tls-ca" in caught.value.zh
        with pytest.raises(ServiceError), opened(own_farm.address.replace("tls", "tcp")):
            pass


def _certificates(folder: Path) -> Certificates:
    """Make a CA and a certificate that it signed."""
    folder.mkdir(exist_ok=True)
    made = Certificates(*(folder / f"{one}.pem" for one in ("ca", "cert", "key")))
    for command in (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem",
        "req -newkey rsa:2048 -nodes -subj /CN=cluster -keyout key.pem -out cert.csr",
        "x509 -req -in cert.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out cert.pem",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    return made


def _room(folder: Path) -> Path:
    room = folder / "receipts"
    room.mkdir()
    return room


def _at_work(farm: Farm, receipts: Path) -> subprocess.Popen[bytes]:
    """Return a worker that is in the middle of a piece."""
    wait_until(lambda: any(receipts.glob("*.begun-*")))
    begun = process_in(next(receipts.glob("*.begun-*")).name)
    return next(one for one in farm.workers if one.pid == begun)


def _another_version(folder: Path) -> str:
    copy = folder / "older" / "carbonspace"
    shutil.copytree(ROOT / "src" / "carbonspace", copy,
                    ignore=shutil.ignore_patterns("__pycache__", "vendor"))  # fmt: skip
    (copy / "version.py").write_text('__version__ = "0.0.9"\n', "utf-8")
    return f"{copy.parent}{os.pathsep}{ROOT}"
