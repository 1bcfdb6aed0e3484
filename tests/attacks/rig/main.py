"""The command line."""

import argparse
import shutil
import signal
import statistics
import sys
from pathlib import Path

import kinds

from . import attacker, sink
from .aims import Outcome, judge
from .attack import ATTACKS, Attack
from .errors import NotRun
from .open_files import raise_limit
from .table import milliseconds, misses, table, write_json
from .trial import Round, make

assert kinds

ROUNDS, SECONDS = 3, 6
QUICK_ROUNDS, QUICK_SECONDS = 1, 3
REACHED, MISSED, NOT_RUN, BROKEN_OFF = 0, 1, 2, 143

DESCRIPTION = """\
Attacks an Indelible daemon while honest clients append, and holds what comes of it against the aims.

For each attack and each round a daemon with default settings is started on an empty directory. A control run comes
first, in which the same attacker sends to a sink that reads and throws away. The attacker has half a core in both. All
traffic stays on 127.0.0.1. Close everything else: what runs beside it changes the figures."""


def main() -> int:
    match sys.argv[1:]:
        case ["--as-attacker", name, port, seconds]:
            attacker.main(name, int(port), float(seconds))
        case ["--as-sink", *files]:
            sink.main(*(files or [None, None]))
        case _:
            return _run(_arguments())
    return REACHED


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tests/attacks/run",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Exit code: 0 if all aims were reached, 1 if one was missed, 2 if a trial could not be made.",
    )
    parser.add_argument("attacks", metavar="ATTACK", nargs="*", help="which ones, by name; all if none is named")
    parser.add_argument("--list", action="store_true", help="name all attacks, with what each does")
    parser.add_argument("--rounds", type=int, help=f"rounds of each attack, {ROUNDS} by default")
    parser.add_argument("--seconds", type=int, help=f"how long each attack takes, {SECONDS} by default")
    parser.add_argument("--quick", action="store_true", help=f"one round of {QUICK_SECONDS} seconds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, after each attack")
    parser.add_argument(
        "--indelible", metavar="PROGRAM", default="indelible", help="the daemon, and the honest client"
    )
    arguments = parser.parse_args()
    unknown = [name for name in arguments.attacks if name not in ATTACKS]
    if unknown:
        parser.error(f"there is no attack {', '.join(unknown)}; --list names all")
    program = shutil.which(arguments.indelible)
    if program is None and not arguments.list:
        parser.error(f"there is no program {arguments.indelible}; build it, and name it with --indelible")
    arguments.indelible = program
    arguments.rounds = arguments.rounds or (QUICK_ROUNDS if arguments.quick else ROUNDS)
    arguments.seconds = arguments.seconds or (QUICK_SECONDS if arguments.quick else SECONDS)
    return arguments


def _run(arguments: argparse.Namespace) -> int:
    chosen = [ATTACKS[name] for name in arguments.attacks or ATTACKS]
    if arguments.list:
        for attack in chosen:
            print(f"{attack.name:22}{attack.what}")
        return REACHED
    raise_limit()
    # Whoever ends this program ends the daemon, the sink and the attacker, too.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(BROKEN_OFF))
    outcomes: dict[str, Outcome] = {}
    rounds: dict[str, list[Round]] = {}
    is_whole = True
    for index, attack in enumerate(chosen, 1):
        try:
            rounds[attack.name] = _rounds(attack, arguments, f"{index}/{len(chosen)} {attack.name}")
        except NotRun as problem:
            is_whole = False
            _tell(f"{attack.name}: not run: {problem}", ends=True)
            continue
        outcomes[attack.name] = judge(rounds[attack.name])
        if arguments.json:
            write_json(arguments.json, outcomes, rounds)
    _tell("", ends=False)
    print(table(outcomes))
    if missed := misses(outcomes):
        print(f"\n{missed}")
        return MISSED
    return REACHED if is_whole else NOT_RUN


def _rounds(attack: Attack, arguments: argparse.Namespace, where: str) -> list[Round]:
    rounds = []
    for number in range(1, arguments.rounds + 1):
        prefix = f"{where}, round {number}/{arguments.rounds}"
        one = make(attack, Path(arguments.indelible), arguments.seconds, lambda step: _tell(f"{prefix}: {step}"))
        rounds.append(one)
    outcome = judge(rounds)
    verdict = "missed" if outcome.missed else "reached"
    _tell(
        f"{where}: {verdict}: p99 {milliseconds(outcome.control_p99_ms)} → {milliseconds(outcome.attacked_p99_ms)},"
        f" {outcome.extra_mib:.0f} MiB more, daemon {statistics.median(one.cores for one in rounds):.2f} cores",
        ends=True,
    )
    return rounds


def _tell(text: str, ends: bool = False) -> None:
    """A line on standard error, which the next one takes the place of unless this ends it."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="\n" if ends else "", file=sys.stderr, flush=True)
    elif ends and text:
        print(text, file=sys.stderr, flush=True)
