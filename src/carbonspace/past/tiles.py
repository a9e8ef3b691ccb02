"""Finished tiles: what some questions came to in some units, put down while the work goes on.

A tile is two files, and the receipt is written last. It says what the tile hangs on: the frame
(the program, and what counts everywhere), the features of its part, and what was asked of whole
layers. Where any of that is otherwise now, or the tile is not the one of the receipt, it is
measured again: whatever became of the process, the disk and the data, what is taken over is right.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
import time
import zipfile
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from carbonspace.digest import digest_of
from carbonspace.folder import put_whole
from carbonspace.measuring import Answer, Answers
from carbonspace.model.shared import Fact
from carbonspace.model.text import Text
from carbonspace.parts import Part
from carbonspace.past.measures import (
    UNREADABLE,
    Tables,
    contents_of,
    got_measure,
    put_measure,
)

WORTH_S = 1.0
"""What took no longer than this is measured again sooner than it is kept and found."""
_TILE, _RECEIPT = ".tile", ".receipt"
_OLD_S = 14 * 86_400
"""A tile that no night has put down or taken over for so long will not be asked for again."""


class Receipt(NamedTuple):
    """What a tile hangs on, and what it is: `seen` are the features of its part, as a digest.

    `facts` are what was asked of whole layers, each with the digest of the answer; `rows` is how
    many units it holds.
    """

    frame: str
    seen: str
    facts: list[list[str]]
    rows: int
    digest: str


@dataclass
class Tiles:
    """A folder of tiles, for one night after the other; `clear` it when results are kept.

    Attributes
    ----------
    folder
        It is made when the first tile is put down.
    takes
        Whether tiles of an earlier night are taken over.
    told
        Told once why tiles cannot be put down; then no more are.
    taken, put
        How many tiles were taken over, and put down.
    """

    folder: Path
    takes: bool = True
    told: Callable[[Exception], None] = lambda _error: None
    taken: int = 0
    put: int = 0
    _known: dict[str, Receipt] = field(default_factory=dict)
    _stopped: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def look(self, frame: str) -> None:
        """Look at what is there: tiles of this frame may be taken over, all else is removed."""
        found = {file.stem: _receipt(file) for file in self._files() if file.suffix == _RECEIPT}
        self._known = {name: one for name, one in found.items()
                       if one is not None and one.frame == frame and self.takes}  # fmt: skip
        self._remove(file for file in self._files() if file.stem not in self._known)

    def clear(self) -> None:
        """Delete the folder: nothing in it is wanted any more."""
        self._known = {}
        self._remove(self._files())
        with suppress(OSError):
            self.folder.rmdir()

    def _files(self) -> list[Path]:
        try:
            return [*self.folder.iterdir()]
        except OSError:
            return []

    def _remove(self, files: Iterable[Path]) -> None:
        for file in files:
            with suppress(OSError):
                file.unlink()

    def receipt(self, name: str) -> Receipt | None:
        """Return what is known of a tile of an earlier night; None where there is none."""
        return self._known.get(name)

    def get(self, name: str) -> dict[str, tuple[Answer, frozenset[Fact]]] | None:
        """Return the answers of a tile and the facts of each; None where they cannot be read."""
        try:
            content = self._file(name).read_bytes()
            if hashlib.sha256(content).hexdigest() != self._known[name].digest:
                return None
            with zipfile.ZipFile(io.BytesIO(content)) as file:
                found = {key: (_as_answer(file, one), frozenset(Fact(*f) for f in one["facts"]))
                         for key, one in contents_of(file).items()}  # fmt: skip
            os.utime(self._file(name, _RECEIPT))
        except UNREADABLE:
            return None
        with self._lock:
            self.taken += 1
        return found

    def keep(
        self, name: str, answers: Mapping[str, tuple[Answer, Collection[Fact]]], receipt: Receipt
    ) -> None:
        """Put a tile down, and then its receipt; that it cannot be done harms nobody."""
        if self._stopped:
            return
        try:
            content = _content(answers)
            whole = receipt._replace(digest=hashlib.sha256(content).hexdigest())
            self.folder.mkdir(parents=True, exist_ok=True)
            put_whole(self._file(name), content)
            put_whole(self._file(name, _RECEIPT), json.dumps(whole._asdict()).encode())
        except UNREADABLE as error:
            self._fail(error)
            return
        with self._lock:
            self.put += 1

    def _fail(self, error: Exception) -> None:
        with self._lock:
            is_first, self._stopped = not self._stopped, True
        if is_first:
            self.told(error)

    def _file(self, name: str, kind: str = _TILE) -> Path:
        return self.folder / f"{name}{kind}"


@dataclass(frozen=True)
class Tile:
    """What questions come to on one part of a plan, as it lies among the tiles.

    `names` are what questions are known by; `of` digests the features of the part, `value` what a
    fact is now.
    """

    tiles: Tiles
    name: str
    frame: str
    names: Mapping[Any, str]
    rows: int
    of: Callable[[], str]
    value: Callable[[Fact], str]

    @cached_property
    def seen(self) -> str:
        """A digest of the features of the part."""
        return self.of()

    def found(self) -> Answers | None:
        """Return what the questions came to in an earlier night that saw the same."""
        receipt = self.tiles.receipt(self.name)
        if receipt is None or receipt.seen != self.seen or not self._stand(receipt.facts):
            return None
        if (known := self.tiles.get(self.name)) is None:
            return None
        return Answers({key: known[name][0] for key, name in self.names.items()},
                       dict.fromkeys(self.names, 0.0),
                       {key: known[name][1] for key, name in self.names.items()})  # fmt: skip

    def _stand(self, facts: list[list[str]]) -> bool:
        try:
            return all(self.value(Fact(*fact)) == was for *fact, was in facts)
        except UNREADABLE:  # somebody else's receipt
            return False

    def keep(self, answers: Answers) -> None:
        """Put down what they came to, where that took so long that it is worth it."""
        if sum(answers.seconds.values()) < WORTH_S:
            return
        found = {name: (answers.found[key], answers.facts[key])
                 for key, name in self.names.items()}  # fmt: skip
        facts = sorted({one for _, asked in found.values() for one in asked})
        known = [[*one, self.value(one)] for one in facts]
        self.tiles.keep(self.name, found, Receipt(self.frame, self.seen, known, self.rows, ""))


def tile_name(reading: str, names: Collection[str], part: Part) -> str:
    """Return what tells a tile from others: how the plan is read, what is asked, and where.

    One that is measured anew takes the place of the one before.
    """
    return digest_of([reading, sorted({*names}), [str(one) for one in part.owned]])


def _receipt(file: Path) -> Receipt | None:
    """Return a receipt that can still be of use."""
    try:
        if time.time() - file.stat().st_mtime > _OLD_S:
            return None
        return Receipt(**json.loads(file.read_bytes()))
    except UNREADABLE:
        return None


def _content(answers: Mapping[str, tuple[Answer, Collection[Fact]]]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        tables = Tables(file)
        tables.close({name: {**_said(answer, tables), "facts": sorted(facts)}
                      for name, (answer, facts) in answers.items()})  # fmt: skip
    return held.getvalue()


def _said(answer: Answer, tables: Tables) -> dict[str, Any]:
    return {"why": answer} if isinstance(answer, Text) else put_measure(answer, tables)


def _as_answer(file: zipfile.ZipFile, one: Mapping[str, Any]) -> Answer:
    return Text(*one["why"]) if "why" in one else got_measure(file, one)
