"""What an attack may do at most, and what it did over some rounds."""

import math
import statistics
from dataclasses import dataclass

from .memory import MIB
from .trial import Round

EXTRA_MIB_MAX = 128
# In ordinary work; under attack, it is this and what an attack may take.
ORDINARY_MIB_MAX = 600
RATIO_MAX = 3.0
BACK_SECONDS_MAX = 5.0


@dataclass(frozen=True)
class Outcome:
    """The figures that are held against the aims: latencies as medians over the rounds, the rest as the worst."""

    control_p99_ms: float
    attacked_p99_ms: float
    ratio: float
    extra_mib: float
    most_mib: float
    # Nothing, if it was not back in time.
    back_seconds: float | None
    missed: list[str]


def judge(rounds: list[Round]) -> Outcome:
    """Holds some rounds of an attack against the aims."""
    ratio = statistics.median(one.ratio for one in rounds)
    extra = max(one.extra_bytes for one in rounds) / MIB
    ordinary = max(one.before_bytes for one in rounds) / MIB
    backs = [one.back for one in rounds]
    back = None if None in backs else max(seconds for seconds in backs if seconds is not None)
    missed = [fault for one in rounds for fault in one.faults]
    if ratio > RATIO_MAX and math.isfinite(ratio):
        missed.append(f"p99 is {ratio:.1f} × the control's, at most {RATIO_MAX:.0f} × is the aim")
    if extra > EXTRA_MIB_MAX:
        missed.append(f"{extra:.0f} MiB more memory, at most {EXTRA_MIB_MAX} is the aim")
    if ordinary > ORDINARY_MIB_MAX:
        missed.append(f"{ordinary:.0f} MiB of memory before the attack, at most {ORDINARY_MIB_MAX} is the aim")
    if back is None or back > BACK_SECONDS_MAX:
        after = "not" if back is None else f"after {back:.1f} s"
        missed.append(f"back {after}, within {BACK_SECONDS_MAX:.0f} s is the aim")
    return Outcome(
        control_p99_ms=statistics.median(one.control.p99_ms for one in rounds),
        attacked_p99_ms=statistics.median(one.attacked.p99_ms for one in rounds),
        ratio=ratio,
        extra_mib=extra,
        most_mib=max(one.most_bytes for one in rounds) / MIB,
        back_seconds=back,
        missed=missed,
    )
