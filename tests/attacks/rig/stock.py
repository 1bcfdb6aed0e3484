"""What a daemon holds before it is attacked: a ledger with large pages, and one of the honest clients."""

import json

from .daemon import Daemon
from .honest import LEDGER, Honest

AUDIT = "audit"
EVENTS = 64
PAYLOAD_BYTES = 128 * 1_024
# For how long it works before anything is measured, so that it has the memory of ordinary work.
WORK_SECONDS = 2


def fill(daemon: Daemon) -> None:
    """Makes both ledgers, and has what attacks read in the cache."""
    for name in (AUDIT, LEDGER):
        daemon.run("ledger", "create", name)
    events = (
        {
            "specversion": "1.0",
            "id": f"large-{number}",
            "source": "urn:stock",
            "type": "stock.v1",
            "datacontenttype": "text/plain",
            "data": f"{number:08}" * (PAYLOAD_BYTES // 8),
        }
        for number in range(EVENTS)
    )
    daemon.run("append", AUDIT, "-", content="\n".join(map(json.dumps, events)))
    daemon.run("--output", "json", "list", AUDIT)
    Honest(daemon, seconds=WORK_SECONDS).latency()
