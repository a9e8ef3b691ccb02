"""Nights that go on for years: tries, limits, clocks, and what the log says of them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.batch.test_nights import MAIN, statuses
from tests.batch.town import city_of, current, edited, night_of, written

from carbonspace.batch import retry
from carbonspace.batch.amounts import BYTES, SECONDS, amount_of, spoken
from carbonspace.batch.limits import Limits, limited
from carbonspace.batch.log import logged, tell
from carbonspace.batch.retry import Tries, persistently
from carbonspace.errors import BusyError, LimitError, LostError, ServiceError


def test_amounts() -> None:
    assert amount_of("90 min", SECONDS) == 5400
    assert amount_of("1.5h", SECONDS) == 5400
    assert amount_of(" 6 GB ", BYTES) == 6e9
    assert amount_of("512MiB", BYTES) == 2**29
    assert [amount_of(one, SECONDS) for one in ("", "0 s", "-1 s", "1", "1 d", "1 min x")] == [
        None
    ] * 6
    assert [spoken(one) for one in (45, 90, 5400, 7200)] == ["45 s", "90 s", "90 min", "2 h"]


class Failing:
    """An action that fails some times, and then does not."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.slept, self.now = [*errors], list[float](), 0.0
        self.told = list[tuple[int, float]]()

    def __call__(self) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return "done"

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def run(self, tries: Tries) -> str:
        return persistently(self, tries, lambda _, n, pause: self.told.append((n, pause)),
                            sleep=self.sleep, clock=lambda: self.now)  # fmt: skip


def test_pauses_grow_and_have_an_end() -> None:
    failing = Failing(*[LostError("gone")] * 12)
    assert failing.run(Tries(20, 1e9)) == "done"
    assert [n for n, _ in failing.told] == [*range(1, 13)]
    for n, pause in failing.told:
        whole = min(retry.FIRST_PAUSE_S * 2 ** (n - 1), 300)
        assert 0.75 * whole <= pause <= whole
    assert failing.slept == [pause for _, pause in failing.told]


def test_tries_are_limited_by_number_and_time() -> None:
    many = Failing(*[LostError("gone")] * 99)
    with pytest.raises(LostError):
        many.run(Tries(3, 1e9))
    assert len(many.slept) == 2
    long = Failing(*[LostError("gone")] * 99)
    with pytest.raises(LostError):
        long.run(Tries(1000, 60))
    assert 30 < long.now <= 60


def test_only_what_was_lost_is_tried_again() -> None:
    for error in (BusyError("busy"), ServiceError("no"), ValueError("no")):
        failing = Failing(error)
        with pytest.raises(type(error)):
            failing.run(Tries())
        assert not failing.slept
    ours = Failing(LostError("gone"), BusyError("busy"), BusyError("busy"))
    assert ours.run(Tries()) == "done"


@pytest.mark.parametrize("busy", ["python", "a pause", "swallowing"])
def test_a_night_that_takes_too_long_is_ended(tmp_path: Path, busy: str) -> None:
    def work() -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if busy == "a pause":
                time.sleep(20)
            sum(range(1000))

    with (  # noqa: PT012
        pytest.raises(LimitError, match=r"time_limit \(0.3 s\)") as raised,
        limited(Limits(0.3), "Town") as guard,
    ):
        if busy == "swallowing":
            with pytest.raises(LimitError):
                work()
            guard.checking(lambda _: None)(0)
        work()
    assert raised.value.exit_code == 5
    assert "Town" in raised.value.zh


def test_limits_that_are_not_reached() -> None:
    with limited(Limits(60, 1e12), "Town") as guard:
        heard = list[int]()
        guard.checking(heard.append)(3)
    assert heard == [3]


def test_a_night_that_takes_too_much_memory_is_ended(tmp_path: Path) -> None:
    """In a process of its own; the next night, with more memory, repairs it."""
    written(tmp_path)
    night_of(city_of(tmp_path))
    held = current(city_of(tmp_path))
    written(tmp_path, parcels=edited())
    process = batch(tmp_path, 'memory_limit = "50 MB"')
    assert process.returncode == 5
    assert "memory_limit (0.05 GB)" in process.stderr
    assert current(city_of(tmp_path)).equals(held)
    assert batch(tmp_path, 'memory_limit = "50 GB"\ntime_limit = "1 h"').returncode == 0
    assert statuses(city_of(tmp_path)) == ["done", "failed", "done"]


def batch(folder: Path, more: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "city.toml").write_text(
        '[[city]]\nname = "Town"\nplan = "plan.toml"\nresults = "results"\n'
        f'profiles = ["ours.toml"]\nindicators = ["park_coverage", "land_area"]\n{more}\n', "utf-8",
    )  # fmt: skip
    command = [sys.executable, "-c", MAIN, "batch", str(folder / "city.toml"), "--lang", "en"]
    return subprocess.run([*command, *options], check=False, capture_output=True, text=True)


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_the_log_says_how_nights_went(tmp_path: Path) -> None:
    written(tmp_path)
    log = tmp_path / "nights.log"
    with logged(log) as faults:
        night_of(city_of(tmp_path))
        log.rename(tmp_path / "nights.log.1")  # as logrotate does
        night_of(city_of(tmp_path), 2)
        (tmp_path / "plan.toml").unlink()
        with pytest.raises(ValueError, match="plan"):
            night_of(city_of(tmp_path), 3)
    tell("unheard")
    assert faults.said == ""
    first, second = lines(tmp_path / "nights.log.1"), lines(log)
    assert [one["event"] for one in first] == ["began", "done"]
    assert [one["event"] for one in second] == ["began", "unchanged", "began", "failed"]
    assert [one["run"] for one in (*first, *second)] == [1, 1, 2, 2, 3, 3]
    assert {"at", "level", "event", "city", "run", "took_s", "seconds"} <= first[1].keys()
    assert second[-1]["level"] == "error"
    assert "plan.toml" in str(second[-1]["error"])


def test_a_log_that_cannot_be_written_does_not_cost_the_night(tmp_path: Path) -> None:
    written(tmp_path)
    with logged(tmp_path / "nowhere" / "nights.log") as faults:
        assert night_of(city_of(tmp_path)).status == "done"
    assert "nights.log" in faults.said
