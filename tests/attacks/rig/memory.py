"""The daemon's resident memory, sampled while it is attacked."""

import re
import threading
import time
from pathlib import Path

INTERVAL_SECONDS = 0.1
MIB = 1_024 * 1_024


class Memory:
    """Samples a process until it is left as a context."""

    def __init__(self, pid: int):
        self._status = Path(f"/proc/{pid}/status")
        self._samples: list[tuple[float, int]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(INTERVAL_SECONDS):
            self._samples.append((time.monotonic(), self.now()))

    def _field(self, name: str) -> int:
        """A number of bytes out of the process's status; 0 once it is gone."""
        try:
            found = re.search(rf"^{name}:\s+(\d+) kB$", self._status.read_text(), re.MULTILINE)
        except OSError:
            return 0
        return int(found[1]) * 1_024 if found else 0

    def now(self) -> int:
        return self._field("VmRSS")

    def most_ever(self) -> int:
        return self._field("VmHWM")

    def most_since(self, begun: float) -> int:
        """The largest sample since a time."""
        return max((size for when, size in self._samples if when >= begun), default=self.now())

    def back_after(self, ended: float, limit: int) -> float | None:
        """Seconds from a time until a sample was within a limit."""
        return next((max(0.0, when - ended) for when, size in self._samples if when >= ended and size <= limit), None)
