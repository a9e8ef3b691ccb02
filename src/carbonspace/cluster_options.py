"""`--cluster` and what belongs to it: where the work of a command is done."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from carbonspace.model.text import Text
from carbonspace.options import Misused

if TYPE_CHECKING:
    from carbonspace.cluster import Engine
    from carbonspace.model.text import Lang

_ADDRESS = re.compile(r"local:[1-9]\d{0,3}|(tcp|tls)://[^\s/]+:\d{1,5}")
NAMES = ("cluster", "cluster_tls_ca", "cluster_tls_cert", "cluster_tls_key", "tiles",
         "tile_features", "only_plan")  # fmt: skip
"""The parameters of these options: none of them changes a figure."""
_PEM = click.Path(path_type=Path, dir_okay=False)


class OnCluster(NamedTuple):
    """Where tiles are computed, where they lie, and about how many features each is to own.

    `only_plan` asks for the estimate alone.
    """

    address: str | None
    ca: Path | None
    cert: Path | None
    key: Path | None
    tiles: Path | None
    tile_features: int | None
    only_plan: bool

    @property
    def sizes(self) -> dict[str, int]:
        """How large tiles are, where it is said."""
        return {} if self.tile_features is None else {"tile_features": self.tile_features}

    def folder(self, out: Path) -> Path:
        """Return where tiles lie: beside the results, where nothing else is said."""
        return self.tiles or out.absolute().with_name(f".{out.absolute().name}.tiles")

    @contextmanager
    def executor(self, plan: Path, folder: Path, told: Callable[[Text], None]) -> Iterator[Engine]:
        """Yield the workers, who write into a folder.

        Raises
        ------
        SourceError, ServiceError
            As `cluster.dask_engine.engine`, or Dask is not installed.
        """
        from carbonspace.cluster.words import not_installed

        try:
            from carbonspace.cluster.dask_engine import Certificates, engine
        except ImportError as error:
            raise not_installed() from error
        files = Certificates(self.ca, self.cert, self.key)
        with engine(self.address or "", plan, folder, certificates=files, told=told) as running:
            yield running


class _Address(click.ParamType):  # type: ignore[type-arg]
    """The address of a scheduler, or `local:N`."""

    name = "ADDRESS"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return an address that is one."""
        if not _ADDRESS.fullmatch(str(value)):
            self.fail(f"{value!r} 应写作 tcp://主机:端口、tls://主机:端口 或 local:进程数 · write "
                      "tcp://HOST:PORT, tls://HOST:PORT or local:PROCESSES", param,
                      ctx)  # fmt: skip
        return str(value)


def _where(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say where work is done."""
    for option in (
        click.option("--cluster-tls-key", type=_PEM, help="本机私钥 · PEM of its key"),
        click.option("--cluster-tls-cert", type=_PEM, help="本机证书 · PEM of the own certificate"),
        click.option("--cluster-tls-ca", type=_PEM, help="CA 证书 · PEM of the CA for tls://"),
        click.option("--cluster", type=_Address(), help="分块计算，由 Dask 集群（tcp://、tls://）"
                     "或本机进程（local:N）· compute by tiles, on a Dask cluster or on processes "
                     "of this machine"),
    ):  # fmt: skip
        command = option(command)
    return command


def WORKERS(command: Callable[..., None]) -> Callable[..., None]:  # noqa: N802  as the others
    """Give a command `--cluster` and its certificates alone, and tell it `on_cluster`."""

    @_where
    @functools.wraps(command)
    def told(**given: Any) -> None:
        address, ca, cert, key = (given.pop(name) for name in NAMES[:4])
        if address is None and any((ca, cert, key)):
            raise Misused(Text("--cluster-tls-… 须与 --cluster 同时给出",
                               "--cluster-tls-… go with --cluster"))  # fmt: skip
        asked = OnCluster(address, ca, cert, key, None, None, only_plan=False)
        command(on_cluster=None if address is None else asked, **given)

    return told


def CLUSTER(command: Callable[..., None]) -> Callable[..., None]:  # noqa: N802  as the others
    """Give a command `--cluster` and its company, and tell it `on_cluster`, None without."""

    @_where
    @click.option("--tiles", type=click.Path(path_type=Path, file_okay=False),
                  help="分块所在的共享文件夹（默认在结果旁）· shared folder for tiles (default: "
                  "beside the results)")  # fmt: skip
    @click.option("--tile-features", type=click.IntRange(min=1), metavar="N",
                  help="每块约含多少要素（默认 50,000；结果与此无关）· about how many features a "
                  "tile owns (default 50,000; no result depends on it)")  # fmt: skip
    @click.option("--plan", "only_plan", is_flag=True,
                  help="只估算分块数、读取量和核时，不计算 · only estimate tiles, bytes and "
                  "core-hours; compute nothing")  # fmt: skip
    @functools.wraps(command)
    def told(**given: Any) -> None:
        asked = OnCluster(*(given.pop(name) for name in NAMES))
        if asked.address is None and any(asked[1:5]):
            raise Misused(Text("--cluster-tls-… 和 --tiles 须与 --cluster 同时给出",
                               "--cluster-tls-… and --tiles go with --cluster"))  # fmt: skip
        if asked.tile_features and not (asked.address or asked.only_plan):
            raise Misused(Text("--tile-features 须与 --cluster 或 --plan 同时给出",
                               "--tile-features goes with --cluster or --plan"))  # fmt: skip
        command(on_cluster=asked if asked.address or asked.only_plan else None, **given)

    return told


def told_aside(lang: Lang) -> Callable[[Text], None]:
    """Return who tells people what is no matter of the results: where a cluster can be watched."""
    is_quiet = click.get_current_context().params.get("quiet")

    def tell(said: Text) -> None:
        if not is_quiet:
            click.echo(f"carbonspace: {said.to(lang)}", err=True)

    return tell
