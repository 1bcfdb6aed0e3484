"""The sink and the attacker, each a process of its own."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from .attack import Attack
from .errors import NotRun
from .tls import Certificate

RUN = Path(__file__).parent.parent / "run"
# How long an attacker may take to end beyond its time.
PATIENCE_SECONDS = 30


class Sink:
    """A sink, for as long as this is a context."""

    def __init__(self, certificate: Certificate | None):
        command = [sys.executable, str(RUN), "--as-sink"]
        if certificate is not None:
            command += [str(certificate.chain), str(certificate.key)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


class Attacker:
    """An attacker that has made ready, and attacks when it is told to."""

    def __init__(self, attack: Attack, port: int, seconds: float):
        command = [sys.executable, str(RUN), "--as-attacker", attack.name, str(port), str(seconds)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self._patience = seconds + PATIENCE_SECONDS
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise NotRun(f"the attacker ended early: {self._process.stderr.read() if self._process.stderr else ''}")

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def ended(self) -> tuple[float, dict[str, Any]]:
        """Waits for its end: when that was, and what it did."""
        try:
            out, err = self._process.communicate(timeout=self._patience)
        except subprocess.TimeoutExpired:
            self.stop()
            raise NotRun("the attacker did not come to an end") from None
        if self._process.returncode != 0:
            raise NotRun(f"the attacker failed: {err}")
        return time.monotonic(), json.loads(out)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
