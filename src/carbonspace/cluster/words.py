"""What is said where a cluster is not as it must be: the place, what was found, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from carbonspace.errors import (
    CarbonspaceError,
    LostError,
    MemoryWantingError,
    ServiceError,
    SourceError,
)
from carbonspace.model.text import Text

_MOST = 5
"""So many workers, and so many differences of each, are named."""
Others = Mapping[str, tuple[str, str]]
_NUMPY = 'NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL AVX512_SPR"'
"""What has numpy take the routines of the generation before, on every machine alike."""


def not_installed() -> SourceError:
    """Return what to install for `--cluster`."""
    return SourceError("--cluster needs Dask: pip install 'carbonspace[cluster]'",
                       "--cluster 需要 Dask：pip install 'carbonspace[cluster]'")  # fmt: skip


def no_scheduler(address: str, said: str) -> LostError:
    """Return that nothing answers at an address."""
    return LostError(
        f"no Dask scheduler answers at {address} ({said}). Start one there (dask scheduler), or "
        "correct the address (tls:// where it asks for TLS); a firewall may stand between.",
        f"{address} 没有 Dask 调度器应答（“{said}”）。请在该处启动（dask scheduler），或更正地址；"
        "使用 TLS 的写作 tls://；也请检查防火墙。",
    )


def not_begun(count: int, said: str) -> ServiceError:
    """Return that processes of this machine could not be begun."""
    return ServiceError(
        f"{count} processes could not be started on this machine ({said}). Ask for fewer, or free "
        "memory and ports of the loopback address.",
        f"无法在本机启动 {count} 个进程（“{said}”）。请减少进程数，或释放内存和回环地址的端口。",
    )


def no_handshake(address: str, said: str) -> ServiceError:
    """Return that a scheduler is there, and TLS came to nothing."""
    return ServiceError(
        f"TLS with {address} failed ({said}). Give the CA that signed the certificates of the "
        "cluster (--cluster-tls-ca), and a certificate and key that it signed "
        "(--cluster-tls-cert, --cluster-tls-key).",
        f"与 {address} 的 TLS 连接失败（“{said}”）。请给出签发集群证书的 CA（--cluster-tls-ca），"
        "以及由它签发的证书和私钥（--cluster-tls-cert、--cluster-tls-key）。",
    )


def no_certificate(said: str) -> SourceError:
    """Return that a file for TLS cannot be used."""
    return SourceError(
        f"the files for TLS cannot be used ({said}). Name PEM files that can be read: "
        "--cluster-tls-ca, --cluster-tls-cert, --cluster-tls-key.",
        f"TLS 文件无法使用（“{said}”）。请给出可读的 PEM 文件：--cluster-tls-ca、"
        "--cluster-tls-cert、--cluster-tls-key。",
    )


def no_certificates(address: str) -> SourceError:
    """Return that TLS is asked for, and with which certificate is not said."""
    return SourceError(
        f"{address} asks for TLS: give the CA, a certificate that it signed, and its key "
        "(--cluster-tls-ca, --cluster-tls-cert, --cluster-tls-key, or Dask's own configuration).",
        f"{address} 使用 TLS：请给出 CA、由它签发的证书及其私钥（--cluster-tls-ca、"
        "--cluster-tls-cert、--cluster-tls-key，或写入 Dask 自身的配置）。",
    )


def no_workers(address: str, seconds: float) -> LostError:
    """Return that there is a scheduler, and nobody who works."""
    return LostError(
        f"the scheduler at {address} has had no worker that can be used for {seconds:.0f} s. Start "
        f"some (dask worker {address} --nthreads 1) and run again: finished tiles are kept.",
        f"{address} 的调度器已有 {seconds:.0f} 秒没有可用的工作进程。请启动（dask worker {address} "
        "--nthreads 1）后重新运行：已完成的分块会保留。",
    )


def no_answer(workers: Iterable[str], seconds: float) -> LostError:
    """Return that workers do not answer."""
    listed = ", ".join(workers)
    return LostError(
        f"no worker answered within {seconds:.0f} s: {listed}. They may be frozen or busy with "
        "other work: see the dashboard, restart them and run again.",
        f"{seconds:.0f} 秒内没有工作进程应答：{listed}。可能已停滞，或正忙于其他工作：请查看面板，"
        "重启后再运行。",
    )


def silent_scheduler(address: str, seconds: float) -> LostError:
    """Return that a scheduler is there and does not answer any more."""
    return LostError(
        f"the scheduler at {address} has given no answer for {seconds:.0f} s. Restart it and its "
        "workers, and run again: finished tiles are kept.",
        f"{address} 的调度器已有 {seconds:.0f} 秒没有应答。请重启调度器和工作进程后重新运行："
        "已完成的分块会保留。",
    )


def lost_scheduler(address: str) -> LostError:
    """Return that the scheduler was there and is there no more."""
    return LostError(
        f"the connection to the scheduler at {address} was lost. Finished tiles are kept: once it "
        "is back, run again, and only the others are computed.",
        f"与 {address} 的调度器连接中断。已完成的分块会保留：恢复后重新运行，只计算其余分块。",
    )


def killed(tries: int, said: str) -> LostError:
    """Return that one piece of work ended the workers that had it."""
    return LostError(
        f"{tries} workers ended while they worked on the same tile ({said}): most likely their "
        "memory does not suffice. Give them more (dask worker --memory-limit), or fewer threads.",
        f"先后有 {tries} 个工作进程在计算同一分块时退出（“{said}”）：多半是内存不足。请增加内存"
        "（dask worker --memory-limit），或减少线程。",
    )


def differing(workers: Mapping[str, Others]) -> ServiceError:
    """Return which workers are of another kind than this process, in what, and what to do."""
    lines = [_of_worker(name, found) for name, found in [*workers.items()][:_MOST]]
    more = len(workers) - len(lines)
    remedy = _remedy({name for found in workers.values() for name in found})
    zh = "\n".join(["工作进程与本机不同，结果可能不同：", *(f"  {one.zh}" for one in lines),
                    *([f"  …… 另有 {more} 个"] if more else []), remedy.zh])  # fmt: skip
    en = "\n".join(["workers differ from this machine, so figures might:",
                    *(f"  {one.en}" for one in lines),
                    *([f"  … and {more} more"] if more else []), remedy.en])  # fmt: skip
    return ServiceError(en, zh)


def left_out(worker: str, why: CarbonspaceError) -> Text:
    """Return that a worker that came later is given no work."""
    return Text(f"不使用工作进程 {worker}。{why.zh}", f"worker {worker} is not used. {why}")


def _of_worker(name: str, found: Others) -> Text:
    shown = [f"{what} {theirs} ≠ {mine}" for what, (mine, theirs) in _short(found).items()]
    more = len(shown) - _MOST
    zh, en = "、".join(shown[:_MOST]), ", ".join(shown[:_MOST])
    return Text(f"{name}：{zh}" + (f" 等 {len(shown)} 项" if more > 0 else ""),
                f"{name}: {en}" + (f" and {more} more" if more > 0 else ""))  # fmt: skip


def _short(found: Others) -> dict[str, tuple[str, str]]:
    """Return differences with digests as short as they can still be told apart."""
    return {name: (mine[:60], theirs[:60]) if len(mine) < 64 else (mine[:12], theirs[:12])
            for name, (mine, theirs) in found.items()}  # fmt: skip


def _remedy(names: Iterable[str]) -> Text:
    """Return what makes workers alike: other software, or routines for other processors."""
    if all(name.startswith("canary ") for name in names):
        return Text(
            f"软件相同而数值不同，多半是处理器不同：请在本机和所有工作进程的环境中设置 {_NUMPY}，"
            "然后重启",
            "The software is the same and numbers are not, most likely because of other "
            f"processors: set {_NUMPY} in the environment here and of all workers, and restart "
            "them.",
        )
    return Text(
        "请在所有机器上安装相同的 Python、carbonspace 和依赖（在本机 pip freeze > same.txt，"
        "在其他机器 pip install -r same.txt），然后重启工作进程",
        "Install the same Python, carbonspace and libraries everywhere (pip freeze > same.txt "
        "here, pip install -r same.txt there) and restart the workers.",
    )


def unlike(host: str) -> ServiceError:
    """Return that a worker changed while the work went on."""
    return ServiceError(
        f"a worker on {host} is not what it was when the work began. Let workers be until the "
        "work is over, restart them and run again: finished tiles are kept.",
        f"{host} 上的工作进程在计算期间发生了变化。计算结束前请勿改动；请重启后重新运行："
        "已完成的分块会保留。",
    )


def no_program(workers: Mapping[str, str]) -> ServiceError:
    """Return which workers have no carbonspace that could say what it is."""
    listed = "; ".join(f"{name}: {said}" for name, said in workers.items())
    return ServiceError(
        f"workers without carbonspace, or with one that is not of this version: {listed}. Install "
        "carbonspace[cluster] of this version in their environment and restart them.",
        f"工作进程没有安装 carbonspace，或版本不同：{listed}。请在其环境中安装同一版本的 "
        "carbonspace[cluster] 并重启。",
    )


def not_shared(workers: Mapping[str, Iterable[str]]) -> SourceError:
    """Return what of the plan workers do not see as this process does."""
    lines = [f"{name}: {', '.join([*paths][:_MOST])}" for name, paths in workers.items()]
    listed = "\n".join(f"  {one}" for one in lines[:_MOST])
    return SourceError(
        f"workers do not see the same storage as this machine:\n{listed}\n"
        "Put the plan, its data and the results on storage that all of them mount under the same "
        "path (NFS or the like), or the layers into an object store or a database, which workers "
        "must reach, too. The folder of tiles is --tiles of run, and of batch the cache in "
        "city.toml; all must be allowed to write there.",
        f"工作进程看到的存储与本机不同：\n{listed}\n"
        "请把规划、数据和结果放在所有机器以相同路径挂载的共享存储上（如 NFS），或把图层放入对象"
        "存储或数据库（工作进程也须能连接）。分块文件夹在 run 中用 --tiles 指定，在 batch 中为 "
        "city.toml 的 cache；各处都须有写入权限。",
    )


def cannot_write(host: str, folder: str, error: OSError) -> SourceError:
    """Return that a disk is full or refuses to be written, and whose it is."""
    at, why = str(error.filename or folder), error.strerror or str(error)
    return SourceError(
        f"{host}: {at} cannot be written: {why}. Make room there, or name another folder "
        "(--tiles, or cache in city.toml); finished tiles are kept.",
        f"{host}：无法写入 {at}：{why}。请腾出空间，或指定其他文件夹（--tiles，或 city.toml 的 "
        "cache）；已完成的分块会保留。",
    )


def lost_storage(host: str, error: OSError) -> LostError:
    """Return that reading or writing failed at a worker, for now."""
    return LostError(
        f"{host}: reading or writing failed: {error}. Look at the storage as that machine sees "
        "it, and run again: finished tiles are kept.",
        f"{host}：读写失败：{error}。请检查该机器上的存储，然后重新运行：已完成的分块会保留。",
    )


def memory_wanting(host: str) -> MemoryWantingError:
    """Return that the memory of a worker did not suffice."""
    error = MemoryWantingError()
    more = Text("工作进程所在机器 ", "at the worker on ")
    error.args = (f"{more.en}{host}: {error}",)
    error.zh = f"{more.zh}{host}：{error.zh}"
    return error


def dashboard(link: str) -> Text:
    """Return where the work can be watched."""
    return Text(f"集群面板：{link}", f"the dashboard of the cluster: {link}")


def settings(failures: int, ttl: object) -> Text:
    """Return that a scheduler gives up sooner, or notices frozen workers later, than it should."""
    asked = "allowed-failures 10, worker-ttl 60s"
    return Text(f"调度器的设置为 allowed-failures {failures}、worker-ttl {ttl}；建议为 {asked}",
                f"the scheduler is set to allowed-failures {failures} and worker-ttl {ttl}; "
                f"better is {asked}")  # fmt: skip
