"""What is begun anew where a connection was lost: a limited number of times, ever later."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from carbonspace.errors import BusyError, LostError, ServiceError

Result = TypeVar("Result")
FIRST_PAUSE_S = 2.0
"""The pause after the first loss; each one after it is twice as long, up to the longest."""
_LONGEST_PAUSE_S = 300.0


class Tries(NamedTuple):
    """So often something is begun, and no later than so long after the first loss."""

    most: int = 5
    within_s: float = 1800.0


USUAL_TRIES = Tries()


def persistently(
    action: Callable[[], Result], tries: Tries, told: Callable[[ServiceError, int, float], None], *,
    sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic,
) -> Result:  # fmt: skip
    """Return what an action gives, begun anew where a connection was lost on the way.

    After a loss a lock of our own may still be held by the session that died, until the server
    notices: that somebody is at work is then waited for like an answer.

    Parameters
    ----------
    told
        Hears of each loss that is made up for: the error, the how-manieth it is, and the pause
        in seconds.

    Raises
    ------
    ServiceError
        The last loss, where it was one too many.
    """
    first_loss, number = None, 0
    while True:
        number += 1
        try:
            return action()
        except (LostError, BusyError) as error:
            if isinstance(error, BusyError) and first_loss is None:
                raise
            first_loss, pause = first_loss or clock(), pause_after(number)
            if number >= tries.most or clock() + pause > first_loss + tries.within_s:
                raise
            told(error, number, pause)
        sleep(pause)


def pause_after(number: int) -> float:
    """Return the seconds to wait after a loss; by chance, so that cities do not come at once."""
    whole: float = min(FIRST_PAUSE_S * 2.0 ** (number - 1), _LONGEST_PAUSE_S)
    return whole * random.uniform(0.75, 1.0)
