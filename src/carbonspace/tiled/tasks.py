"""What workers are told: small descriptions that travel, and say all that a result hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from carbonspace.digest import digest_of
from carbonspace.evaluation import inquiry_of
from carbonspace.exemptions import Days
from carbonspace.inquiry import Inquiry
from carbonspace.model.plan import Plan
from carbonspace.model.text import Text
from carbonspace.sources.connection import NOW, Moment
from carbonspace.sources.dataset import Bounds
from carbonspace.sources.window import Held
from carbonspace.unchanged import program

Basis = Literal["parcels", "roads"]
"""What blocks may be derived from."""


@dataclass(frozen=True)
class Request:
    """What is asked of a plan, as it travels; `frame` identifies it, and not the data.

    What `remembers` leaves to the next run what of a tile was asked and found out about shapes.
    `moment` is that at which databases are looked at, by everybody.
    """

    plan: Path
    indicators: tuple[str, ...] | None
    profiles: tuple[str, ...] | None
    parameters: Mapping[str, Mapping[str, Any]] | None
    days: Days
    city: bool
    frame: str
    program: str
    remembers: bool = False
    moment: Moment = NOW

    def inquiry(self, plan: Plan) -> Inquiry:
        """Return what is asked, of a plan of which some layers were read."""
        asked = inquiry_of(plan, self.indicators, self.profiles, self.parameters,
                           self.days.stated, city=self.city)  # fmt: skip
        return replace(asked, days=self.days)


@dataclass(frozen=True)
class Tile:
    """Some units whose values are wanted, and how far around them is looked.

    Attributes
    ----------
    number, count
        Which of how many tiles it is, for people.
    units, digest, box
        The ids of the units, a digest of them as prepared, and the box around them.
    reach
        By layer how far the questions see from the units; None: the layer is read whole.
    asked, hanging
        The names of the questions; of those how far they see hangs on what there is.
    aside
        Layers that cannot be used, with the reason.
    basis
        The layer that blocks are derived from, where any question uses them.
    boxes
        The box around each unit.
    halo
        So far from features lies what may have a say in how they are prepared.
    blocks
        What the blocks of the whole plan were put down as, where they were found once.
    counted
        The layers of which the ledger counts the features, each by the tile that owns it.
    """

    request: Request
    folder: Path
    held: Mapping[str, Held]
    number: int
    count: int
    units: tuple[str, ...]
    digest: str
    box: Bounds
    reach: Mapping[str, float | None]
    asked: tuple[str, ...]
    hanging: tuple[str, ...]
    aside: Mapping[str, Text]
    basis: Basis | None
    boxes: tuple[Bounds, ...]
    halo: float
    blocks: str | None = None
    counted: tuple[str, ...] = ()

    @property
    def derives(self) -> Basis | None:
        """The layer that the tile derives blocks from itself."""
        return None if self.blocks else self.basis

    @property
    def name(self) -> str:
        """What tells its settled layers from those of others; the receipt tells of what data."""
        return digest_of(["settled", self.request.frame, self.units, self.digest,
                          sorted(self.reach.items()), self.asked, sorted(self.aside),
                          self.counted])  # fmt: skip

    @property
    def title(self) -> Text:
        """The tile as people know it."""
        listed = ", ".join(self.units[:3]) + (", …" if len(self.units) > 3 else "")
        return Text(f"第 {self.number}/{self.count} 块（{len(self.units)} 个单元：{listed}）",
                    f"tile {self.number} of {self.count} ({len(self.units)} units: "
                    f"{listed})")  # fmt: skip


@dataclass(frozen=True)
class Answering:
    """A tile whose layers are settled, and what is known of the whole plan by now.

    `whole` is the file that says so, `settled` is the digest of the layers. `before` is the name
    of the answers of the run before, if any. `kept` are the questions whose evidence is put down.
    """

    tile: Tile
    whole: str
    settled: str
    before: str | None = None
    kept: tuple[str, ...] = ()

    @property
    def request(self) -> Request:
        """What is asked."""
        return self.tile.request

    @property
    def name(self) -> str:
        """What tells its answers from others."""
        return digest_of(["answers", self.tile.name, self.settled, self.whole,
                          self.request.remembers])  # fmt: skip

    @property
    def title(self) -> Text:
        """The tile as people know it."""
        return self.tile.title


@dataclass(frozen=True)
class Blocks:
    """The blocks between roads of the whole plan, found region by region and numbered together."""

    request: Request
    folder: Path
    held: Mapping[str, Held]

    @property
    def name(self) -> str:
        """What tells them from others; the receipt tells of what data."""
        return digest_of(["blocks", self.request.frame, self.request.remembers])

    @property
    def seen(self) -> dict[str, list[str]]:
        """What they are found in."""
        return {key: [one.sha256 for one in held.inputs] for key, held in self.held.items()}

    @property
    def title(self) -> Text:
        """What it is, for people."""
        return Text("道路围成的街区", "the blocks between roads")


@dataclass(frozen=True)
class Region:
    """A region of a plan, and the blocks that begin in it: their westernmost vertex is there.

    Attributes
    ----------
    of
        The blocks of the whole plan.
    number, count
        Which of how many regions it is.
    box, extent, margin
        What it holds, half-open, so that all regions together hold each place once; the box
        around all units; and how far around it is looked at first.
    outlines
        By policies the file that has the outline of all units, and its digest: first as they are,
        then where a fault of theirs is treated the other way.
    by_place
        The layers that are read by place, others are read as a whole.
    """

    of: Blocks
    number: int
    count: int
    box: Bounds
    extent: Bounds
    margin: float
    outlines: tuple[tuple[tuple[Any, ...], str, str], ...]
    by_place: tuple[str, ...]
    blocks: None = None

    @property
    def request(self) -> Request:
        """What is asked."""
        return self.of.request

    @property
    def folder(self) -> Path:
        """Where everything lies."""
        return self.of.folder

    @property
    def held(self) -> Mapping[str, Held]:
        """What the layers hold."""
        return self.of.held

    @property
    def name(self) -> str:
        """What tells it from others; the receipt tells of what data."""
        return f"{self.of.name}-{self.number}"

    @property
    def title(self) -> Text:
        """The region as people know it."""
        title, which = self.of.title, f"{self.number}/{self.count}"
        return Text(f"{title.zh}，第 {which} 区", f"{title.en}, region {which}")


@dataclass(frozen=True)
class Wide:
    """Questions that hang on the whole plan, answered once from the layers that they use.

    `before` is the name of the answers of the run before, if any. `kept` are the questions whose
    evidence is put down. With `city` they are asked of the city alone, as if it were a unit.
    """

    request: Request
    folder: Path
    held: Mapping[str, Held]
    layers: tuple[str, ...]
    asked: tuple[str, ...]
    before: str | None = None
    kept: tuple[str, ...] = ()
    city: bool = False

    @property
    def key(self) -> str:
        """What tells it from other jobs of any run."""
        return "city" if self.city else "wide"

    @property
    def name(self) -> str:
        """What tells its answers from others."""
        held = {key: [one.sha256 for one in self.held[key].inputs] for key in self.layers}
        return digest_of([self.key, self.request.frame, held, self.asked, self.request.remembers])

    @property
    def title(self) -> Text:
        """What it is, for people."""
        if self.city:
            return Text("全市作为一个单元", "the city as one unit")
        return Text("取决于整个规划的指标", "what hangs on the whole plan")


@cache
def this_program() -> str:
    """Return what identifies the program that runs here."""
    return digest_of(program())


class Failed(NamedTuple):
    """Why a job was not done; errors do not travel whole.

    What `is_lost` failed because of a connection: another try may help.
    """

    reason: Text
    is_lost: bool = False
