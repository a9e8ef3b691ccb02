"""Routines that are compiled when they are first called.

What compiles them takes 60 MB and a good part of a second to load; most runs call none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import Any


class Compiled:
    """A routine compiled without Python's lock, once per machine.

    One compiled routine may call another: numba asks what it is handed for its `_numba_type_`.
    """

    def __init__(self, routine: Callable[..., Any], options: dict[str, Any]) -> None:
        self._routine, self._options = routine, options
        update_wrapper(self, routine)

    def __call__(self, *given: Any) -> Any:
        return self._made(*given)

    @cached_property
    def _made(self) -> Any:
        from numba import njit

        return njit(cache=True, nogil=True, **self._options)(self._routine)

    @property
    def _numba_type_(self) -> Any:
        return self._made._numba_type_
