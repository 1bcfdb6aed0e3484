"""Keeps a process below a share of one core, whatever it has to do."""

import time

# What it may run ahead of its share.
SLACK_SECONDS = 0.005


class Governor:
    """Rests until the processor time of this process is its share of the time that passed."""

    def __init__(self, share: float):
        self.share = share
        self._begun = time.monotonic()
        self._used = time.process_time()

    @property
    def used(self) -> float:
        """Processor time since the beginning, the system's included."""
        return time.process_time() - self._used

    @property
    def passed(self) -> float:
        return time.monotonic() - self._begun

    def rest(self, pause: float = 0) -> None:
        """Sleeps for `pause` seconds, or for as long as the share demands."""
        ahead = self.used / self.share - self.passed
        if ahead > SLACK_SECONDS or pause > 0:
            time.sleep(max(ahead, pause))
