"""A real Slurm of one node for the tests: on the loopback only, all in a folder of its own."""

import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from faults.commands import needed
from faults.rows import MissingError

from support import until

_COMES_UP = 30
_ENDS = 15
_COMMAND = 20
_EVERY = 0.2
# A requeued task waits for as long as a credential is good for; 5 s is the least that is taken.
_CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={at}/munge.socket,cred_expire=5
StateSaveLocation={at}/state
SlurmdSpoolDir={at}/spool
SlurmctldPidFile={at}/slurmctld.pid
SlurmdPidFile={at}/slurmd.pid
SlurmctldLogFile={at}/slurmctld.log
SlurmdLogFile={at}/slurmd.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=bf_interval=1,sched_interval=1
SlurmdParameters=config_overrides
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs=16
PartitionName=farm Nodes=ALL Default=YES MaxTime=INFINITE
"""


@dataclass(frozen=True)
class Slurm:
    """A cluster that runs; `env` is the environment of its commands, and so of its tasks.

    A task is named as Slurm does: "12_3" is task 3 of job 12.
    """

    env: Mapping[str, str]

    def submit(self, *args: str | Path, cwd: Path) -> str:
        """Have `sbatch` take a job; return its number."""
        return self._said("sbatch", "--parsable", *map(str, args), cwd=cwd)

    def requeue(self, task: str) -> None:
        """Have a task run again that runs, or has ended."""
        self._said("scontrol", "requeue", task)

    def cancel(self, task: str) -> None:
        """Take a task back."""
        self._said("scancel", task)

    def kill(self, task: str) -> None:
        """Kill all processes of a task with SIGKILL, its batch script first."""
        job, _, number = task.partition("_")
        _kill(self._pids(f"SLURM_ARRAY_JOB_ID={job}", f"SLURM_ARRAY_TASK_ID={number}"))

    def states(self, job: str) -> dict[int, str]:
        """Return how each task of an array stands, in Slurm's words; for minutes also when done."""
        table = self._said("squeue", "-hr", "-t", "all", "-j", job, "-o", "%K %T")
        return {int(number): state for number, state in map(str.split, table.splitlines())}

    def wait(self, *jobs: str, seconds: float = 60) -> None:
        """Wait until jobs have left the queue, however they ended; fail where they do not."""
        until(lambda: not self._queued("-j", ",".join(jobs)), seconds)

    def idle(self) -> bool:
        """Tell whether the node can be reached, and has nothing to do."""
        return self._run("sinfo", "-h", "-o", "%T").stdout == b"idle\n"

    def end(self) -> None:
        """End all jobs, and what is left of them."""
        try:
            self._said("scancel", "--user=root")
            _holds_within(_ENDS, lambda: not self._queued())
        finally:
            _kill(self._pids())

    def _queued(self, *which: str) -> str:
        time.sleep(_EVERY)
        return self._said("squeue", "-h", *which)

    def _said(self, *command: str, cwd: Path | None = None) -> str:
        done = self._run(*command, cwd=cwd)
        assert done.returncode == 0, (command, done.stderr.decode())
        return done.stdout.decode().strip()

    def _run(self, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command, env=self.env, cwd=cwd, capture_output=True, timeout=_COMMAND, check=False
        )

    def _pids(self, *variables: str) -> list[int]:
        """Find the processes of this cluster's jobs, the oldest first."""
        ours = {f"SLURM_CONF={self.env['SLURM_CONF']}", *variables}
        return sorted(
            int(folder.name)
            for folder in Path("/proc").iterdir()
            if folder.name.isdecimal() and ours <= _environment(folder)
        )


@contextmanager
def cluster(env: Mapping[str, str]) -> Iterator[Slurm]:
    """Start a cluster; end it, and all it runs. `env` is the environment of its commands and tasks.

    Raises:
        MissingError: this machine cannot; the text says why.
    """
    munged, slurmctld, slurmd, *_ = map(
        needed, ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue")
    )
    if os.geteuid() != 0:
        raise MissingError("only root can have a Slurm of its own")
    # Not below `tmp_path`: the path of a socket may have 107 characters at most.
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder, ExitStack() as daemons:
        at = Path(folder)
        conf = _configure(at)
        munge = daemons.enter_context(_running(at, munged, *_munge_options(at)))
        _come_up(at, [munge], (at / "munge.socket").exists)
        pair = [
            daemons.enter_context(_running(at, daemon, "-D", "-f", str(conf)))
            for daemon in (slurmctld, slurmd)
        ]
        slurm = Slurm({**env, "HOME": folder, "SLURM_CONF": str(conf)})
        _come_up(at, pair, slurm.idle)
        try:
            yield slurm
        finally:
            slurm.end()


def _configure(at: Path) -> Path:
    for name in ("state", "spool"):
        (at / name).mkdir()
    key = at / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(secrets.token_bytes(128))
    conf = at / "slurm.conf"
    host = socket.gethostname().partition(".")[0]
    conf.write_text(_CONF.format(at=at, host=host, ports=_free_ports()))
    return conf


def _munge_options(at: Path) -> list[str]:
    # Forced: a temporary folder is closed to others, and munged would have them reach its socket.
    files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "seed-file": "seed"}
    named = [f"--{option}={at / f'munge.{ending}'}" for option, ending in files.items()]
    return ["--foreground", "--force", *named]


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for listener in (one, other):
            listener.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@contextmanager
def _running(at: Path, program: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    with (at / f"{Path(program).name}.err").open("wb") as err:
        process = subprocess.Popen(
            [program, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=err,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_ENDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _come_up(at: Path, daemons: list[subprocess.Popen[bytes]], is_up: Callable[[], bool]) -> None:
    def is_over() -> bool:
        return is_up() or any(daemon.poll() is not None for daemon in daemons)

    if not _holds_within(_COMES_UP, is_over) or not is_up():
        said = [line for log in sorted(at.glob("*.err")) for line in log.read_text().splitlines()]
        raise MissingError(f"Slurm does not come up here: {said[-1] if said else 'it is silent'}")


def _holds_within(seconds: float, condition: Callable[[], bool]) -> bool:
    latest = time.monotonic() + seconds
    while not (holds := condition()) and time.monotonic() < latest:
        time.sleep(_EVERY)
    return holds


def _environment(process: Path) -> set[str]:
    try:
        raw = (process / "environ").read_bytes()
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return set()
    return set(os.fsdecode(raw).split("\0"))


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
