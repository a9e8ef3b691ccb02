"""Threads give what one would give, in the order asked for."""

from __future__ import annotations

from functools import partial

import pytest

from carbonspace.crew import Crew


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_results_come_in_the_order_of_the_jobs(workers: int, count: int) -> None:
    jobs = [partial(pow, n, 2) for n in range(count)]
    assert [*Crew(workers).done(jobs)] == [n**2 for n in range(count)]


def test_a_job_that_fails_fails_the_work() -> None:
    with pytest.raises(ZeroDivisionError):
        [*Crew(2).done([partial(divmod, 1, n) for n in (1, 0, 2)])]
