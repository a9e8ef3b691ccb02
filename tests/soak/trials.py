"""What befalls nights: kills, servers that stop, freeze or crash, a second night."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable

from tests.postgis.cluster import Cluster
from tests.postgis.faults import SERVER_FAULTS
from tests.soak.town import Soaked

from carbonspace.errors import BusyError, LostError

Trial = Callable[[Soaked, random.Random], str]


def killed(town: Soaked, chance: random.Random) -> str:
    """Kill a night at a moment between its first look and some time after its end."""
    before, lines = town.kept(), len(town.events())
    town.edit(chance)
    is_killed = was_killed(begun(town), chance.uniform(0.0, 1.0) * usual_s(town))
    whole = town.is_whole(before)
    town.repair()
    said = [one["event"] for one in town.events()[lines:]]
    if not is_killed:
        return f"it had ended before the kill, results {whole}"
    if said.count("began") == 3 and whole == "old":
        assert "abandoned" in said, said
    return f"results {whole}, repaired"


def was_killed(pid: int, after_s: float) -> bool:
    """Kill a process of ours after some time; false where it had ended well before."""
    time.sleep(after_s)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) != 0


def begun(town: Soaked) -> int:
    """Begin a night in a process of its own, which has all libraries at hand already."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            town.night()
            code = 0
        finally:
            os._exit(code)
    return pid


def usual_s(town: Soaked) -> float:
    """Return how long a night that computed took lately, as its log says."""
    took = [float(one["took_s"]) for one in town.events() if one["event"] == "done"]
    return 1.2 * max(took[-5:])


class _Befallen:
    names = (*SERVER_FAULTS,)

    def __call__(self, cluster: Cluster, fault: str) -> Trial:
        """Return a trial in which a fault befalls the server at a random moment."""

        def trial(town: Soaked, chance: random.Random) -> str:
            before, lines = town.kept(), len(town.events())
            town.edit(chance)
            timer = threading.Timer(chance.uniform(0, usual_s(town)),
                                    lambda: SERVER_FAULTS[fault](cluster))  # fmt: skip
            timer.start()
            ended = _tried(town)
            timer.join()
            _there_again(cluster)
            whole = town.is_whole(before)
            town.repair()
            said = [one["event"] for one in town.events()[lines:]]
            lost = "lost" in said
            assert ended != "lost" or "failed" in said, said
            how = "begun anew" if lost else "not touched"
            return f"night {ended} ({how}), results {whole}, repaired"

        return trial


server_befallen = _Befallen()


def _tried(town: Soaked) -> str:
    try:
        return town.night()
    except LostError:
        return "lost"


def _there_again(cluster: Cluster) -> None:
    """Wait until the server answers: what befell it may last longer than the night."""
    import psycopg

    for _ in range(300):
        try:
            with psycopg.connect(f"{cluster.start_of_dsn}/postgres", connect_timeout=5):
                return
        except psycopg.OperationalError:
            time.sleep(0.2)
    raise TimeoutError


def twice(town: Soaked, chance: random.Random) -> str:
    """Begin a second night while one is under way: it is refused, or the first has ended."""
    town.edit(chance)
    pid = begun(town)
    time.sleep(chance.uniform(0.0, 0.5) * usual_s(town))
    try:
        second = town.night()
    except BusyError:
        second = "refused"
    _, status = os.waitpid(pid, 0)
    town.repair()
    first = "done" if os.waitstatus_to_exitcode(status) == 0 else "refused"
    assert {first, second} != {"refused"}
    return "one of the two refused" if "refused" in (first, second) else "one after the other"
