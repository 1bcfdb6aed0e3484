#!/usr/bin/env python3
"""Verifies Indelible evidence: an implementation from docs/evidence-format.md alone.

  verify.py BUNDLE --key VKEY [--known-head FILE] [--policy FILE] [--now TIME] [--max-age DURATION] [--require QUESTION,...]
  verify.py receipt RECEIPT --record FILE --key VKEY

BUNDLE is a .tar, a .tar.zst (where a zstd module is at hand) or an unpacked directory; VKEY is the
verifier key or a file that holds it. Exit codes are those of section 9.1; 77 means that nothing was
checked, since this Python can't read zstd.
"""

import argparse
import os
import sys
import time
from datetime import datetime

from stranger import archive, layout, note, record, zstd
from stranger.bundle import QUESTIONS, Verdict, verify_bundle
from stranger.errors import Malformed, NotChecked, Refused, Undecided, Unpacked, Usage
from stranger.policy import Policy
from stranger.receipt import EARLIER, verify_receipt

HOLDS, BROKEN, USAGE, MALFORMED, UNANSWERED, INPUT = range(6)
NOT_CHECKED = 77
VERSION = "evidence format version 0, second draft: its bytes may still change"


def read(path):
    """The bytes of a file."""
    with open(path, "rb") as file:
        return file.read()


def given(path):
    """The bytes of a file that the user trusts."""
    try:
        return read(path)
    except OSError as error:
        raise Usage(str(error)) from error


def pinned_key(argument):
    """The verifier key, given as it is or as a file."""
    text = given(argument).decode("utf-8", "replace") if os.path.exists(argument) else argument
    key = note.VerifierKey.parse(text.strip())
    if key.kind != note.PLAIN:
        raise Usage("the verifier key of a ledger is of type 0x01")
    try:
        record.check_origin(key.name)
    except Malformed as error:
        raise Usage(f"verifier key: {error}") from error
    return key


def known_head(path, pinned):
    """A checkpoint of this origin from before, and its note; whether it holds is asked later."""
    if path is None:
        return None
    try:
        signed = note.parse_note(given(path))
        checkpoint = note.parse_checkpoint(signed.text)
    except Malformed as error:
        raise Usage(f"known head: {error}") from error
    if checkpoint.origin != pinned.name:
        raise Usage(f"known head: it is of {checkpoint.origin}, the key of {pinned.name}")
    return checkpoint, signed


def recognise(manifest):
    """What does not start like a bundle of this version is no bundle at all."""
    if not manifest.startswith(layout.FIRST_LINE.encode() + b"\n"):
        earlier = manifest.startswith(b"indelible-bundle@v0\n")
        raise Malformed(EARLIER if earlier else "not a bundle of this version")


def judge(source, pinned, **asked):
    """The verdict on a directory's name, or on the bytes of a .tar or .tar.zst."""
    ordered = not isinstance(source, str)
    if ordered:
        problem = None
        if source[:4] == zstd.MAGIC:
            source, problem = zstd.decompress(source)
        first = archive.first_file(source, "manifest", layout.MANIFEST_BYTES_MAX)
        if problem and not first:
            raise problem
        recognise(first)
    else:
        path = os.path.join(source, "manifest")
        recognise(read(path) if os.path.isfile(path) and not os.path.islink(path) else b"")
    try:
        files = archive.Tar(source, problem) if ordered else archive.Folder(source)
    except Malformed as error:
        verdict = Verdict()
        verdict.answer("integrity", "broken", str(error))
        return verdict
    try:
        verdict = verify_bundle(files, pinned, **asked)
    except Unpacked as error:
        raise Malformed(str(error)) from error
    if not ordered and files.beside and "broken" not in verdict.answers.values():
        raise Malformed(f"the directory holds what is not the bundle's: {files.beside[:3]}")
    return verdict


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
    policy = Policy(given(options.policy)) if options.policy else None
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


def duration(text):
    """Seconds of a number with `s`, `m`, `h` or `d`."""
    return int(text[:-1]) * dict(s=1, m=60, h=3600, d=86_400).get(text[-1:])


def moment(text):
    """Seconds since 1970, given so or as RFC 3339."""
    return int(text) if text.isdigit() else int(datetime.fromisoformat(text).timestamp())


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
    parser.add_argument("--now", type=moment, default=int(time.time()))
    parser.add_argument("--max-age", type=duration)
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
