"""The outcome of all attacks as a table of Markdown, and as JSON."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .aims import BACK_SECONDS_MAX, EXTRA_MIB_MAX, ORDINARY_MIB_MAX, RATIO_MAX, Outcome
from .trial import Round

HEAD = (
    "attack",
    "p99 control",
    "p99 under attack",
    f"ratio (≤ {RATIO_MAX:.0f})",
    f"extra MiB (≤ {EXTRA_MIB_MAX})",
    "most MiB",
    f"back after (≤ {BACK_SECONDS_MAX:.0f} s)",
    "verdict",
)
NUMBERS = range(1, 7)


def table(outcomes: dict[str, Outcome]) -> str:
    """One row for each attack, in columns that line up."""
    rows = [HEAD, *(_row(name, outcome) for name, outcome in outcomes.items())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    ruler = ["-" * (width - 1) + ":" if column in NUMBERS else "-" * width for column, width in enumerate(widths)]
    lines = [_line(rows[0], widths), "| " + " | ".join(ruler) + " |"]
    lines += [_line(row, widths) for row in rows[1:]]
    return "\n".join(lines)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = (
        cell.rjust(width) if column in NUMBERS else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths))
    )
    return "| " + " | ".join(cells) + " |"


def _row(name: str, outcome: Outcome) -> tuple[str, ...]:
    return (
        name,
        milliseconds(outcome.control_p99_ms),
        milliseconds(outcome.attacked_p99_ms),
        "" if math.isinf(outcome.ratio) else f"{outcome.ratio:.1f}",
        f"{outcome.extra_mib:.0f}",
        f"{outcome.most_mib:.0f}",
        "not" if outcome.back_seconds is None else f"{outcome.back_seconds:.1f} s",
        "missed" if outcome.missed else "reached",
    )


def milliseconds(latency: float) -> str:
    """A latency; *none* if nobody was served."""
    return "none" if math.isinf(latency) else f"{latency:.1f} ms"


def misses(outcomes: dict[str, Outcome]) -> str:
    """What was missed, a line each."""
    return "\n".join(f"{name}: {miss}" for name, outcome in outcomes.items() for miss in outcome.missed)


def write_json(path: Path, outcomes: dict[str, Outcome], rounds: dict[str, list[Round]]) -> None:
    """All figures, those of each round too."""
    report = {
        "aims": {
            "ratio": RATIO_MAX,
            "extra_mib": EXTRA_MIB_MAX,
            "ordinary_mib": ORDINARY_MIB_MAX,
            "back_seconds": BACK_SECONDS_MAX,
        },
        "attacks": {
            name: {"outcome": asdict(outcome), "rounds": [asdict(one) for one in rounds[name]]}
            for name, outcome in outcomes.items()
        },
    }
    path.write_text(json.dumps(_finite(report), indent=2) + "\n")


def _finite(value: Any) -> Any:
    """JSON has no infinity: what has no figure is null."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {key: _finite(one) for key, one in value.items()}
        case list():
            return [_finite(one) for one in value]
        case _:
            return value
