"""The process that attacks, limited to half a core by itself."""

import json
import sys

import kinds

from .attack import ATTACKS
from .governor import Governor
from .open_files import raise_limit
from .target import Target
from .tls import client_context

assert kinds

SHARE = 0.5


def main(name: str, port: int, seconds: float) -> None:
    """Makes ready, waits for a line on standard input, attacks for so long, and prints what it did."""
    raise_limit()
    attack = ATTACKS[name]
    target = Target(("127.0.0.1", port), client_context() if attack.tls else None)
    steps = attack.begin(target)
    # The first step makes what is sent, so it is not counted.
    next(steps)
    print("ready", flush=True)
    sys.stdin.readline()
    governor = Governor(SHARE)
    for pause in steps:
        governor.rest(pause)
        if governor.passed >= seconds:
            break
    print(json.dumps(target.tally() | {"core_share": round(governor.used / governor.passed, 3)}), flush=True)
