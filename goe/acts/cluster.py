"""Where a computation runs: in this process, on workers of this machine, on a cluster that runs already, or through Slurm.

The one place that starts and closes clients of Dask. What is said with `--cluster` becomes a *scale*: a function from a cohort
to the verb `pooled`. Every way gives the same answer. Connections are encrypted and both sides show a certificate, because
whoever reaches a scheduler can have the workers, who read genomes, run what he likes.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goe import __version__
from goe.errors import BadInput, Conflict, NotFound, Unavailable

if TYPE_CHECKING:  # imported where they are used: an extra, and arrays that a command without them need not wait for
    from distributed import Client
    from distributed.security import Security

    from goe.pooling import Cohort, Pooled

Scale = Callable[["Cohort"], "Pooled"]

PATIENCE = 10  # seconds until a scheduler that does not answer is given up
_MOMENT = 2  # seconds of waiting before it is said
_LOCAL = re.compile(r"local(?::([1-9][0-9]{0,3}))?")
_ADDRESS = re.compile(r"(tls|tcp)://([^\s/:]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}")
_NO_PAGE = "127.0.0.1:0"  # Dask insists on a port; nothing is served there
_THIS_MACHINE = {"127.0.0.1", "localhost", "[::1]"}


@dataclass(frozen=True)
class Jobs:
    """What is asked of Slurm: how many jobs at most, and what each may use.

    A job is one worker with `cores` threads; `memory` is a size such as "8GiB", `walltime` is hours:minutes:seconds,
    `interface` the network by which workers find this machine; `folder` is one that all machines see, for certificates
    and logs.
    """

    queue: str = ""
    account: str = ""
    jobs: str = "4"
    cores: str = "1"
    memory: str = "8GiB"
    walltime: str = "08:00:00"
    interface: str = ""
    folder: str = ""


_FORMS = {  # so that nothing but a value gets into a job script
    "jobs": ("a whole number from 1 to 9999", "[1-9][0-9]{0,3}"),
    "cores": ("a whole number from 1 to 9999", "[1-9][0-9]{0,3}"),
    "memory": ('a size such as "8GiB"', "[1-9][0-9]*(k|M|G|T|Ki|Mi|Gi|Ti)B"),
    "walltime": ('hours, minutes and seconds such as "08:00:00"', "([0-9]+-)?[0-9]{1,3}:[0-9]{2}:[0-9]{2}"),
    "folder": ("a path without spaces", r"[^\s'\"`$;&|<>]*"),
}
_NAME = ("a name of letters, digits, '-', '_', '.' and ','", "[A-Za-z0-9_.,-]*")


def jobs_of(said: Mapping[str, Any], environment: Mapping[str, str], where: str) -> Jobs:
    """The settings of the table `cluster`, with the variables GOE_CLUSTER_... over them. Raises BadInput for a wrong one."""
    names = [f.name for f in fields(Jobs)]
    if unknown := sorted(said.keys() - set(names)):
        raise BadInput(f"unknown setting cluster.{unknown[0]}", expected=", ".join(names), where=where)
    found = {name: (str(value), f"{where}, setting cluster.{name}") for name, value in said.items()}
    variables = {name: f"GOE_CLUSTER_{name.upper()}" for name in names}
    found |= {n: (environment[v], f"environment variable {v}") for n, v in variables.items() if v in environment}
    for name, (value, place) in found.items():
        words, form = _FORMS.get(name, _NAME)
        if not re.fullmatch(form, value):
            raise BadInput(f"found {value[:60]!r}", expected=words, where=place)
    return Jobs(**{name: value for name, (value, _) in found.items()})


@contextmanager
def scale(
    cluster: str,
    jobs: Jobs | None = None,
    *,
    folder: Path | None = None,
    patience: int = PATIENCE,
    say: Callable[[str], None] | None = None,
) -> Iterator[Scale]:
    """The scale that `cluster` says: "" (here), "local", "local:N", "slurm", or the address of a scheduler; closed at the end.

    `folder` is where Slurm's certificates and logs lie unless `jobs` says one; `say` hears that an address lets wait. Raises
    BadInput for anything else, NotFound where the extra is not installed, Unavailable where nothing answers or workers keep
    dying, Conflict where they have another goe.
    """
    if not cluster:
        from goe.pooling import here

        yield here
        return
    local, address = _LOCAL.fullmatch(cluster), _ADDRESS.fullmatch(cluster)
    if not (local or address or cluster == "slurm"):
        raise BadInput(f"found {cluster[:80]!r}", expected="local, local:4, slurm, or tls://host:port", where="--cluster")
    _need_extra()
    with _quiet(), _failures(cluster):
        if local:
            opened = _local(int(local[1] or os.cpu_count() or 1))
        elif address:
            opened = _running(cluster, address[1], address[2], patience, say)
        else:
            opened = _slurm(jobs or Jobs(), folder or Path.cwd())
        with opened as client:
            yield partial(_on, client)


def _on(client: Client, cohort: Cohort) -> Pooled:
    from goe.pooling import on_cluster

    return on_cluster(cohort, client)


def _need_extra() -> None:
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise NotFound(
            "the library distributed is not installed", where="--cluster", remedy="run: pip install 'goe[cluster]'"
        ) from None


@contextmanager
def _failures(cluster: str) -> Iterator[None]:
    """What Dask says in a trace, said in a sentence."""
    from distributed import CancelledError, KilledWorker
    from distributed.comm import CommClosedError

    try:
        yield
    except KilledWorker:
        remedy = "give workers more memory, or read their logs"
        raise Unavailable("workers died again and again at the same part", where=f"cluster {cluster}", remedy=remedy) from None
    except (CommClosedError, CancelledError, TimeoutError):
        raise Unavailable(
            "the scheduler does not answer any more", where=f"cluster {cluster}", remedy="see whether it runs"
        ) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's notices from stderr (a lost worker is no news, since its part runs again) and its pages from the network."""
    import dask

    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        pages: dict[str, list[str]] = {f"distributed.{kind}.http.routes": [] for kind in ("scheduler", "worker")}
        with dask.config.set({"logging": {"distributed": "critical"}, **pages}):  # also of the workers that are started
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def _local(workers: int) -> Iterator[Client]:
    """Processes on this machine, a thread each, encrypted so that no other user of the machine can talk to them."""
    from distributed import Client, LocalCluster

    cluster = LocalCluster(n_workers=workers, threads_per_worker=1, security=True, dashboard_address=_NO_PAGE)
    client = Client(cluster)
    try:
        yield client
    finally:  # the answer is there or its failure is known: that a worker is slow to close changes neither
        for opened in (client, cluster):
            with suppress(OSError, AssertionError):  # Dask asserts that no worker is just being started again
                opened.close()


@contextmanager
def _running(address: str, protocol: str, host: str, patience: int, say: Callable[[str], None] | None) -> Iterator[Client]:
    """A cluster that somebody started; the certificates are those of Dask's own configuration."""
    from distributed import Client

    if protocol == "tcp" and host not in _THIS_MACHINE:
        raise BadInput(
            "the address is not encrypted",
            expected="tls://host:port",
            where="--cluster",
            remedy="start scheduler and workers with certificates (docs/cluster.md)",
        )
    try:
        with _waiting(f"Waiting for the scheduler at {address}, {patience} s at most.", say):
            client = Client(address, timeout=patience)
    except (ValueError, TypeError, RuntimeError) as error:  # tls without certificates, a scheduler of another Dask
        raise BadInput(
            f"no connection can be made: {' '.join(str(error).split())[:200]}",
            expected="certificates in Dask's configuration",
            where=f"cluster {address}",
        ) from None
    except OSError:
        raise Unavailable("the scheduler does not answer", where=f"cluster {address}", remedy="see whether it runs") from None
    with client:
        _same_goe(client, address)
        yield client


@contextmanager
def _waiting(sentence: str, say: Callable[[str], None] | None) -> Iterator[None]:
    """Say the sentence if what is done takes longer than a moment."""
    timer = threading.Timer(_MOMENT, say, [sentence]) if say else None
    if timer:
        timer.start()
    try:
        yield
    finally:
        if timer:
            timer.cancel()


def _same_goe(client: Client, address: str) -> None:
    """Raises Conflict unless scheduler and workers have this goe, Unavailable where there are no workers."""
    try:
        found = {client.run_on_scheduler(_version), *(workers := client.run(_version)).values()}
    except Exception as error:  # whatever kept a machine from importing goe
        raise Conflict(
            f"a machine of the cluster cannot run goe ({type(error).__name__})",
            expected=f"goe {__version__} with the extra cluster on scheduler and workers",
            where=f"cluster {address}",
        ) from None
    if found != {__version__}:
        other = ", ".join(sorted(found - {__version__}))
        raise Conflict(f"a machine of the cluster has goe {other}", expected=__version__, where=f"cluster {address}")
    if not workers:
        raise Unavailable("the cluster has no workers", where=f"cluster {address}", remedy="start workers, then run again")


def _version() -> str:
    return __version__


@contextmanager
def _slurm(jobs: Jobs, folder: Path) -> Iterator[Client]:
    """Workers in jobs of Slurm, ended with this process; what is asked runs as soon as the first job starts."""
    from distributed import Client

    with slurm_cluster(jobs, folder) as cluster, Client(cluster) as client:
        cluster.scale(jobs=int(jobs.jobs))
        yield client


@contextmanager
def slurm_cluster(jobs: Jobs, folder: Path) -> Iterator[Any]:
    """A `dask_jobqueue.SLURMCluster` that has not yet asked for jobs; `job_script()` shows what it will submit."""
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError:
        raise NotFound(
            "the library dask-jobqueue is not installed", where="--cluster", remedy="run: pip install 'goe[cluster]'"
        ) from None
    shared = Path(jobs.folder) if jobs.folder else folder
    shared.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = {name: getattr(jobs, name) or None for name in ("queue", "account", "interface")}
    with (
        _certificates(shared) as security,
        SLURMCluster(
            **options,
            cores=int(jobs.cores),
            processes=1,
            memory=jobs.memory,
            walltime=jobs.walltime,
            job_name="goe",
            log_directory=str(shared),
            security=security,
            protocol="tls://",
            worker_extra_args=["--no-dashboard"],
            scheduler_options={"dashboard": False, "dashboard_address": _NO_PAGE},
        ) as cluster,
    ):
        yield cluster


@contextmanager
def _certificates(shared: Path) -> Iterator[Security]:
    """Certificates for one cluster, in a folder of `shared` that its owner alone can read, gone at the end."""
    from distributed.security import Security

    made = Security.temporary()
    roles = [f"tls_{role}_{part}" for role in ("client", "scheduler", "worker") for part in ("cert", "key")]
    with tempfile.TemporaryDirectory(prefix=".certificates-", dir=shared) as folder:  # mode 0700
        paths = {name: Path(folder) / f"{name}.pem" for name in ("tls_ca_file", *roles)}
        for name, path in paths.items():
            path.write_text(getattr(made, name))
        yield Security(require_encryption=True, **{name: str(path) for name, path in paths.items()})
