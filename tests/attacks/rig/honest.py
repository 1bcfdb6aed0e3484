"""Honest clients: single appends at a rate that the daemon has no trouble with."""

import json
import math
import subprocess
import time
from dataclasses import dataclass

from .daemon import Daemon

LEDGER = "honest"
RATE = 200
IN_FLIGHT = 32
# Beyond the time for which it measures, until it is given up.
PATIENCE_SECONDS = 45


@dataclass(frozen=True)
class Latency:
    """What honest clients saw."""

    p50_ms: float
    p99_ms: float
    # Events that were acknowledged in time, and those that were due.
    events: int
    due: int
    # Appends that failed, by code, with an example of what the daemon said.
    failures: dict[str, str]


class Honest:
    """A load that runs for some seconds after it has warmed up."""

    def __init__(self, daemon: Daemon, seconds: float, warm_up: float = 0):
        arguments = ["bench", "unary", "--ledger", LEDGER, "--existing", "--rate", str(RATE), "--in-flight", str(IN_FLIGHT)]
        arguments += ["--duration", str(round(seconds)), "--warm-up", str(round(warm_up))]
        self.begun = time.monotonic()
        self._due = RATE * round(seconds)
        self._patience = seconds + warm_up + PATIENCE_SECONDS
        self._process = subprocess.Popen(
            daemon.command("--output", "json", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def latency(self) -> Latency | str:
        """What it measured, once it has ended; or why there is nothing."""
        try:
            out, err = self._process.communicate(timeout=self._patience)
        except subprocess.TimeoutExpired:
            self.stop()
            return "the honest clients did not come to an end"
        try:
            report = json.loads(out)
        except json.JSONDecodeError:
            return err.strip() or f"exit code {self._process.returncode}"
        failures = {code: f"{one['count']} × {one['example']}" for code, one in report["failures"].items()}
        latency = report["latency"]
        p50, p99 = latency["p50_ms"], latency["p99_ms"]
        if report["events"] == 0:
            # Nobody was served, which is not fast.
            p50 = p99 = math.inf
        return Latency(p50, p99, report["events"], self._due, failures)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
