"""One round: a control run, the attack, and what comes after it, on a daemon of its own."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from . import tls
from .attack import Attack
from .daemon import Daemon
from .errors import NotRun
from .honest import LEDGER, Honest, Latency
from .memory import MIB, Memory
from .processes import Attacker, Sink
from .rehearsal import rehearse
from .stock import AUDIT, fill

WARM_UP_SECONDS = 1
# The attack goes on a little longer than its effect is measured.
OVERHANG_SECONDS = 0.3
# How long a recovery is waited for; what takes longer is far from the aim.
RECOVERY_SECONDS = 20
# What the allocator may keep of what was freed.
KEPT_SHARE, KEPT_BYTES = 1.10, 16 * MIB
# Of the honest appends that were due, so many must be acknowledged while the attack lasts.
SERVED_SHARE = 0.9
# An honest client is served as before if its latency is below so many times the control's, or below this.
CALM_RATIO, CALM_MS = 3.0, 5.0


@dataclass
class Round:
    """What one round showed."""

    control: Latency
    attacked: Latency
    before_bytes: int
    most_bytes: int
    # Seconds after the attack until memory and latency were back; nothing, if they were not.
    memory_back: float | None
    latency_back: float | None
    # What was wrong with the daemon, in words.
    faults: list[str]
    control_tally: dict[str, Any]
    tally: dict[str, Any]
    # Processor time of the daemon in the control run and under attack, in cores.
    control_cores: float
    cores: float
    log_end: str = field(default="", repr=False)

    @property
    def ratio(self) -> float:
        return self.attacked.p99_ms / self.control.p99_ms

    @property
    def extra_bytes(self) -> int:
        return max(0, self.most_bytes - self.before_bytes)

    @property
    def back(self) -> float | None:
        if self.memory_back is None or self.latency_back is None:
            return None
        return max(self.memory_back, self.latency_back)


def make(attack: Attack, program: Path, seconds: float, tell: Callable[[str], None]) -> Round:
    """Starts a daemon, makes a round, and stops it."""
    with TemporaryDirectory(prefix="indelible-attack-") as name:
        folder = Path(name)
        certificate = tls.make(folder) if attack.tls else None
        tell("starting")
        daemon = Daemon(program, folder, certificate)
        try:
            fill(daemon)
            if not attack.tls:
                rehearse(daemon.port)
            return _round(attack, daemon, certificate, seconds, tell)
        finally:
            daemon.stop()


def _round(
    attack: Attack, daemon: Daemon, certificate: tls.Certificate | None, seconds: float, tell: Callable[[str], None]
) -> Round:
    tell("control")
    with Sink(certificate) as sink:
        control, _ended, control_tally, control_cores = _beside(attack, daemon, sink.port, seconds)
    if isinstance(control, str):
        raise NotRun(f"control run: {control}")
    with Memory(daemon.pid) as memory:
        before, most_before = memory.now(), memory.most_ever()
        begun = time.monotonic()
        tell("attack")
        attacked, ended, tally, cores = _beside(attack, daemon, daemon.port, seconds)
        most = memory.most_since(begun)
        if memory.most_ever() > most_before:
            # A peak between two samples.
            most = max(most, memory.most_ever())
        tell("recovery")
        latency_back = _latency_back(daemon, control, ended)
        while memory.back_after(ended, _kept(before)) is None and time.monotonic() < ended + RECOVERY_SECONDS:
            time.sleep(0.1)
        memory_back = memory.back_after(ended, _kept(before))
    faults = []
    if isinstance(attacked, str):
        faults.append(f"honest clients beside it: {attacked}")
        attacked = Latency(math.inf, math.inf, 0, 0, {})
    faults += [f"an honest append failed: {code}: {what}" for code, what in attacked.failures.items()]
    if attacked.events < SERVED_SHARE * attacked.due:
        faults.append(f"of {attacked.due} honest appends {attacked.events} were acknowledged while it lasted")
    tell("verification")
    faults += _faults(daemon)
    return Round(
        control=control,
        attacked=attacked,
        before_bytes=before,
        most_bytes=most,
        memory_back=memory_back,
        latency_back=latency_back,
        faults=faults,
        control_tally=control_tally,
        tally=tally,
        control_cores=control_cores,
        cores=cores,
        log_end=daemon.log_end(),
    )


def _kept(before: int) -> int:
    return int(before * KEPT_SHARE) + KEPT_BYTES


def _beside(
    attack: Attack, daemon: Daemon, port: int, seconds: float
) -> tuple[Latency | str, float, dict[str, Any], float]:
    """Attacks a port while honest clients append.

    What they saw, when the attack ended, what it did, and how many cores the daemon had to itself meanwhile.
    """
    attacker = Attacker(attack, port, seconds + OVERHANG_SECONDS)
    honest = Honest(daemon, seconds, WARM_UP_SECONDS)
    try:
        time.sleep(WARM_UP_SECONDS)
        begun, used = time.monotonic(), daemon.processor_seconds()
        attacker.go()
        # Both end by themselves.
        ended, tally = attacker.ended()
        if tally["connections"] == 0:
            raise NotRun("the attacker made no connection")
        cores = (daemon.processor_seconds() - used) / (ended - begun)
        return honest.latency(), ended, tally, cores
    finally:
        attacker.stop()
        honest.stop()


def _latency_back(daemon: Daemon, control: Latency, ended: float) -> float | None:
    """Seconds from the end of the attack to the first second in which honest clients were served as before."""
    while (begun := time.monotonic()) < ended + RECOVERY_SECONDS and daemon.lives():
        seen = Honest(daemon, seconds=1).latency()
        if isinstance(seen, Latency) and not seen.failures and seen.p99_ms <= max(CALM_RATIO * control.p99_ms, CALM_MS):
            return begun - ended
    return None


def _faults(daemon: Daemon) -> list[str]:
    """What is wrong with the daemon after the attack."""
    if not daemon.lives():
        return [f"the daemon ended; its log ends with:\n{daemon.log_end()}"]
    faults = []
    appended = daemon.asked("append", LEDGER, "--id", "after", "--source", "urn:honest", "--type", "after.v1")
    if appended.returncode != 0:
        faults.append(f"an honest append afterwards: {appended.stderr.strip()}")
    for ledger in (LEDGER, AUDIT):
        verified = daemon.asked("verify", ledger)
        if verified.returncode != 0:
            faults.append(f"`indelible verify {ledger}`: {(verified.stdout + verified.stderr).strip()}")
    return faults
