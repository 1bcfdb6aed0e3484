#!/usr/bin/env python3
"""Verifies Indelible evidence: an implementation from docs/evidence-format.md alone.

  verify.py BUNDLE --key VKEY [--known-head FILE] [--policy FILE] [--now SECONDS] [--max-age SECONDS] [--require QUESTION,...]
  verify.py receipt RECEIPT --record FILE --key VKEY

BUNDLE is a .tar, a .tar.zst (where a zstd module is at hand) or an unpacked directory; VKEY is the
verifier key or a file that holds it. Exit codes are those of section 9.1; 77 means that nothing was
checked, since this Python can't read zstd.
"""

import argparse
import os
import sys
import time

from stranger import archive, layout, note, zstd
from stranger.bundle import QUESTIONS, Verdict, verify_bundle
from stranger.errors import Malformed, NotChecked, Refused, Undecided, Usage
from stranger.policy import Policy
from stranger.receipt import EARLIER, verify_receipt

HOLDS, BROKEN, USAGE, MALFORMED, UNANSWERED, INPUT = range(6)
NOT_CHECKED = 77
VERSION = "evidence format version 0, second draft: its bytes may still change"


def read(path):
    """The bytes of a file."""
    with open(path, "rb") as file:
        return file.read()


def pinned_key(argument):
    """The verifier key, given as it is or as a file."""
    text = read(argument).decode("utf-8", "replace") if os.path.exists(argument) else argument
    key = note.VerifierKey.parse(text.strip())
    if key.kind != note.PLAIN:
        raise Usage("the verifier key of a ledger is of type 0x01")
    return key


def known_head(path, pinned):
    """A checkpoint of this origin from before, and its note; whether it holds is asked later."""
    if path is None:
        return None
    try:
        signed = note.parse_note(read(path))
        checkpoint = note.parse_checkpoint(signed.text)
    except Malformed as error:
        raise Usage(f"known head: {error}") from error
    if checkpoint.origin != pinned.name:
        raise Usage(f"known head: it is of {checkpoint.origin}, the key of {pinned.name}")
    return checkpoint, signed


def recognise(first, manifest):
    """What does not start like a bundle of this version is no bundle at all."""
    if first != b"manifest\0" or not manifest.startswith(layout.FIRST_LINE.encode() + b"\n"):
        earlier = first == b"manifest\0" and manifest.startswith(b"indelible-bundle@v0\n")
        raise Malformed(EARLIER if earlier else "not a bundle of this version")


def judge(source, pinned, **asked):
    """The verdict on a directory's name, or on the bytes of a .tar or .tar.zst."""
    ordered = not isinstance(source, str)
    if ordered:
        if source[:4] == zstd.MAGIC:
            source = zstd.decompress(source)
        recognise(source[:9], source[512:])
    else:
        path = os.path.join(source, "manifest")
        recognise(b"manifest\0", read(path) if os.path.isfile(path) else b"")
    try:
        files = archive.read_tar(source) if ordered else archive.read_directory(source)
    except Malformed as error:
        verdict = Verdict()
        verdict.answer("integrity", "broken", str(error))
        return verdict
    return verify_bundle(files, ordered, pinned, **asked)


def exit_of(verdict, required):
    """Section 9.1."""
    if "broken" in verdict.answers.values():
        return BROKEN
    return (
        HOLDS
        if all(verdict.answers[question] == "holds" for question in {"integrity", "custody", *required})
        else UNANSWERED
    )


def check_bundle(options):
    """Verifies a bundle, prints the verdict, returns the exit code."""
    pinned = pinned_key(options.key)
    policy = Policy(read(options.policy)) if options.policy else None
    asked = dict(
        known_head=known_head(options.known_head, pinned), policy=policy, now=options.now, age_max=options.max_age
    )
    try:
        verdict = judge(options.path if os.path.isdir(options.path) else read(options.path), pinned, **asked)
    except NotChecked:
        print("NOT CHECKED: this Python has no zstd module for compressed blocks")
        return NOT_CHECKED
    print(VERSION)
    for question in QUESTIONS:
        print(": ".join([question, verdict.answers[question], *verdict.findings[question]]))
    print(*verdict.tells, sep="\n")
    return exit_of(verdict, filter(None, options.require.split(",")))


def check_receipt(options):
    """Verifies a receipt, prints what holds, returns the exit code."""
    try:
        says = verify_receipt(read(options.path), read(options.record), pinned_key(options.key))
    except Refused as error:
        print(f"refused: {error}")
        return BROKEN
    except Undecided as error:
        print(f"can't be judged: {error}")
        return UNANSWERED
    print(VERSION, *says, sep="\n")
    return HOLDS


def options_of(arguments):
    """The command line, read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path")
    parser.add_argument("--key", required=True)
    if arguments[:1] == ["receipt"]:
        parser.add_argument("--record", required=True)
        return parser.parse_args(arguments[1:]), check_receipt
    parser.add_argument("--known-head")
    parser.add_argument("--policy")
    parser.add_argument("--now", type=int, default=int(time.time()))
    parser.add_argument("--max-age", type=int)
    parser.add_argument("--require", default="", help="questions that must be answered with 'holds', joined by commas")
    options = parser.parse_args(arguments)
    unknown = set(filter(None, options.require.split(","))) - set(QUESTIONS)
    if unknown:
        parser.error(f"unknown question: {', '.join(sorted(unknown))}")
    return options, check_bundle


def main(arguments):
    """Exit code of one run."""
    options, check = options_of(arguments)
    try:
        return check(options)
    except Usage as error:
        print(f"usage: {error}")
        return USAGE
    except Malformed as error:
        print(f"malformed: {error}")
        return MALFORMED
    except OSError as error:
        print(f"can't read: {error}")
        return INPUT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
