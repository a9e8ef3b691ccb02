"""What the last night left for tonight: a file that may be lost without harm, and never lies.

It carries the number of the run whose results it explains; it holds for no other.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from carbonspace.batch.cityfile import City
from carbonspace.batch.log import tell
from carbonspace.past.file import load, save
from carbonspace.past.memory import Memory
from carbonspace.past.tiles import Tiles
from carbonspace.tiled.remembering import forget


def tile_counts(memory: Memory) -> dict[str, int]:
    """Return how many tiles were put down, and how many of a night that was killed taken over."""
    tiles = memory.tiles
    return {"tiles": tiles.put, "resumed": tiles.taken} if tiles else {}


@dataclass(frozen=True)
class Lately:
    """The file of a city; it is replaced by that of the next night that computes."""

    city: City

    def memory(self, run: int | None, *, resumes: bool = True) -> Memory:
        """Return what a night that computed left; nothing where `run` is None.

        Unless it `resumes`, tiles of a night that was killed are not taken over.
        """
        file = None if run is None else self._file(run)
        past = None if file is None else load(file)
        tiles = self._tiles and replace(self._tiles, takes=resumes)
        return Memory(past, keeps_evidence=self.city.output is not None, tiles=tiles)

    def leave(self, memory: Memory, run: int) -> None:
        """Write what tonight leaves, beside what there is; without it the next night is a full one.

        Nothing that goes wrong with it stops a night whose results can be kept.
        """
        if (file := self._file(run)) is None:
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            save(memory.now, file)
        except Exception as error:  # noqa: BLE001  a disk that is full, a type Arrow does not know
            tell("not cached", city=self.city.name, run=run, error=str(error))

    def keep_only(self, run: int) -> None:
        """Delete what the nights before a run left, and its tiles, once its results are kept."""
        self.clear()
        if (kept := self._file(run)) is None:
            return
        for file in kept.parent.glob(f"{self._name}-*.past"):
            if file != kept:
                with suppress(OSError):
                    file.unlink()

    def clear(self) -> None:
        """Delete what a night that was killed had finished."""
        if self._tiles is not None:
            self._tiles.clear()

    def forget(self) -> None:
        """Delete all that nights left: the next one computes everything."""
        self.clear()
        if self.city.cache is not None:
            for file in self.city.cache.glob(f"{self._name}-*.past"):
                file.unlink(missing_ok=True)
            forget(self.by_tiles)

    @property
    def by_tiles(self) -> Path:
        """The folder of a city that is computed by tiles."""
        return (self.city.cache or self.city.plan.parent / ".carbonspace") / f"{self._name}.nights"

    @property
    def _tiles(self) -> Tiles | None:
        """Where tonight puts down what is finished, until its results are kept."""
        if self.city.cache is None:
            return None
        return Tiles(self.city.cache / f"{self._name}.tiles", told=self._not_put)

    def _not_put(self, error: Exception) -> None:
        tell("not cached", city=self.city.name, tiles=True, error=str(error))

    def _file(self, run: int) -> Path | None:
        return self.city.cache and self.city.cache / f"{self._name}-{run}.past"

    @property
    def _name(self) -> str:
        return hashlib.sha256(self.city.name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
