"""The child process: whatever it says, however it ends; and as Windows would have it."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
import time
from typing import Any

import pytest
from conftest import started_by_us

STEP = '{"done": 5, "title": {"zh": "甲", "en": "a"}}'


@pytest.mark.parametrize("line", [
    "", "{", "[]", "null", STEP[:-1], STEP + "}", '{"done": 5}', '{"done": 5, "title": "a"}',
    '{"done": 5, "title": {"zh": "a"}}', '{"done": "x", "title": {"zh": "", "en": ""}}',
    '{"done": null, "title": {"zh": "", "en": ""}}', "{" * 70_000, '{"a":' * 20_000,
    '{"done": 1%s, "title": {"zh": "", "en": ""}}' % ("0" * 400), "\x00{}", "{\ufffd}",
    '{"done": [5], "title": {"zh": "", "en": ""}}', '{"done": 5, "title": []}',
])  # fmt: skip
def test_garbage_is_no_progress(qgis: Any, line: str) -> None:
    from carbonspace_qgis.child import progress_of

    assert progress_of(line) is None


@pytest.mark.parametrize(("done", "percent"), [
    ("5", 5), ("-3", 0), ("1e999", 100), ("101", 100), ("NaN", 0), ("true", 1), ('"7"', 7),
])  # fmt: skip
def test_progress_stays_between_nothing_and_all(qgis: Any, done: str, percent: int) -> None:
    from carbonspace_qgis.child import progress_of

    step = progress_of(f'{{"done": {done}, "title": {{"zh": 1, "en": "\\ud800"}}}}')
    assert step is not None
    assert step["done"] == percent
    assert step["title"]["zh"] == "1"


def test_a_flood_of_garbage_is_neither_kept_nor_waited_for(qgis: Any) -> None:
    from carbonspace_qgis import child

    script = "head -c 9000000 /dev/urandom >&2; yes '{' | head -c 200000 >&2; exit 7"
    said: list[str] = []
    with pytest.raises(child.ChildError) as raised:
        child.checked(["/bin/sh", "-c", script], said=said.append)
    assert max(map(len, said)) <= 2048
    assert len(str(raised.value)) < 2_000_000


def test_a_flood_of_progress_can_be_cancelled(qgis: Any) -> None:
    from carbonspace_qgis import child

    began, steps = time.monotonic(), [0]

    def told(step: dict[str, Any]) -> None:
        steps[0] += 1

    flood = ["/bin/sh", "-c", f"yes '{STEP}' >&2"]
    with pytest.raises(child.ChildError, match="cancelled"):
        child.checked(flood, told=told, cancelled=lambda: steps[0] > 100)
    assert time.monotonic() - began < 20
    assert started_by_us() == []


def test_an_answer_is_kept_whole_but_not_without_end(
    qgis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonspace_qgis import child

    told = child.checked(["/usr/bin/seq", "100000"]).out
    assert told.split() == [str(one) for one in range(1, 100_001)]
    monkeypatch.setattr(child, "_MOST_OUTPUT", 1000)
    assert child.checked(["/usr/bin/seq", "100000"]).out == told[:1000]


def test_one_that_closes_its_streams_is_still_watched(qgis: Any) -> None:
    from carbonspace_qgis import child

    ended = child.run(["/bin/sh", "-c", "exec >&- 2>&-; sleep 300"], timeout_s=1.0)
    assert ended.why == "timeout"
    assert started_by_us() == []


def test_a_listener_that_fails_leaves_no_process(qgis: Any) -> None:
    from carbonspace_qgis import child

    def said(text: str) -> None:
        raise RuntimeError("the window has gone")

    with pytest.raises(RuntimeError, match="the window has gone"):
        child.run(["/bin/sh", "-c", "echo x >&2; sleep 300"], said=said)
    assert started_by_us() == []


def test_all_are_ended_when_the_plugin_goes(qgis: Any) -> None:
    from carbonspace_qgis import child

    ended: list[Any] = []
    threads = [threading.Thread(target=lambda: ended.append(child.run(["/bin/sleep", "300"])))
               for _ in range(3)]  # fmt: skip
    for one in threads:
        one.start()
    until = time.monotonic() + 10
    while len(child._running) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    child.stop_all()
    for one in threads:
        one.join(10)
    assert [one.code for one in ended] == [-signal.SIGINT] * 3
    assert started_by_us() == []


@pytest.mark.parametrize("command", [["/nowhere/python"], ["/etc/passwd"], ["/tmp"], ["a\0b"]])
def test_what_cannot_be_started_is_told(qgis: Any, command: list[str]) -> None:
    from carbonspace_qgis import child

    with pytest.raises(child.ChildError, match="cannot be started: .*Choose the interpreter"):
        child.run(command)


class Process:
    """As much of a process of Windows as is asked of it; it minds nothing but force."""

    pid, returncode = 4321, None

    def __init__(self, heard: list[Any], *, listens: bool = False) -> None:
        self.heard, self.listens = heard, listens

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, sent: int) -> None:
        self.heard.append(sent)
        if not self.listens:
            raise OSError("the handle is invalid")  # a window has no console to send it from
        self.returncode = 0xC000013A

    def wait(self, seconds: float | None = None) -> int:
        if self.returncode is None:
            raise subprocess.TimeoutExpired("x", seconds or 0)
        return self.returncode

    def kill(self) -> None:
        self.heard.append("kill")
        self.returncode = 1


@pytest.fixture
def windows(qgis: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Have the module take this for Windows; return what it would do there."""
    from carbonspace_qgis import child

    heard: list[Any] = []
    monkeypatch.setattr(child, "WINDOWS", True)
    monkeypatch.setattr(signal, "CTRL_BREAK_EVENT", 1, raising=False)
    monkeypatch.setattr(subprocess, "run", lambda *given, **options: heard.append((given, options)))
    return heard


def test_windows_ends_the_tree_of_a_child_by_force(windows: list[Any]) -> None:
    from carbonspace_qgis import child

    child.stop(Process(windows))  # type: ignore[arg-type]
    sent, (given, options), killed = windows
    assert sent == 1
    assert given == (["taskkill", "/T", "/F", "/PID", "4321"],)
    assert options["creationflags"] == 0x08000000  # CREATE_NO_WINDOW
    assert killed == "kill"


def test_windows_uses_no_force_where_asking_is_enough(windows: list[Any]) -> None:
    from carbonspace_qgis import child

    child.stop(Process(windows, listens=True))  # type: ignore[arg-type]
    assert windows == [1]


def test_windows_without_taskkill(windows: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from carbonspace_qgis import child

    def missing(*given: Any, **options: Any) -> None:
        raise FileNotFoundError("taskkill")

    monkeypatch.setattr(subprocess, "run", missing)
    process = Process(windows)
    child.stop(process)  # type: ignore[arg-type]
    assert process.returncode == 1


def test_windows_starts_a_group_without_a_window(
    windows: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from carbonspace_qgis import child

    def started(*given: Any, **options: Any) -> Process:
        windows.append((given, options))
        return Process(windows)

    monkeypatch.setattr(subprocess, "Popen", started)
    process = child._started(["C:\\Program Files\\python.exe", "-m", "carbonspace.cli"])
    child._running.discard(process)
    (given, options) = windows[0]
    assert given == (["C:\\Program Files\\python.exe", "-m", "carbonspace.cli"],)
    assert options["creationflags"] == 0x200 | 0x08000000  # CREATE_NEW_PROCESS_GROUP
    assert options["start_new_session"] is False
    assert "shell" not in options
    assert child.shown(given[0]) == '"C:\\Program Files\\python.exe" -m carbonspace.cli'


@pytest.mark.parametrize(("code", "words"), [
    (0xC0000017, "want of memory"), (0xC0000005, r"crashed \(3221225477\)"), (137, "want of"),
    (-9, "want of memory"), (-11, r"crashed \(-11\)"), (1, "said nothing")])  # fmt: skip
def test_how_it_ended_is_told_on_every_system(qgis: Any, code: int, words: str) -> None:
    from carbonspace_qgis import child

    assert re.search(words, child.fault(child.Ended(code, "", "")))
