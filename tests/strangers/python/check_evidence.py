#!/usr/bin/env python3
"""Holds the evidence in a directory against the Python verifier: check_evidence.py DIR.

The names in DIR are those that tests/strangers/run documents.
"""

import contextlib
import filecmp
import io
import os
import shutil
import sys
import tempfile

import check_vectors
import make_vectors
import verify

FLIPS = 24


class Checks:
    """Counts what passed and what failed."""

    def __init__(self, folder):
        self.folder, self.passed, self.failed = folder, 0, 0
        self.key = os.path.join(folder, "key.vkey")

    def report(self, what, right, why=""):
        """Prints and counts one check."""
        self.passed, self.failed = self.passed + bool(right), self.failed + (not right)
        print(
            f"{'ok     ' if right else 'FAILED '} python: {what}" + (f": {why}" if not right and why else ""),
            flush=True,
        )

    def verify(self, what, wanted, *arguments):
        """Runs the verifier as from the command line and compares the exit code."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = verify.main([*arguments, "--key", self.key])
        if code == verify.NOT_CHECKED:
            print(f"NOT RUN python: {what}: no zstd module")
            return
        self.report(what, code in wanted, f"exit {code}, not {wanted}\n{out.getvalue()}")

    def path(self, name):
        """A file of the directory."""
        return os.path.join(self.folder, name)

    def evidence(self):
        """Everything in the directory, then damaged copies of it."""
        head = ["--known-head", self.path("checkpoint"), "--require", "integrity,completeness,custody"]
        for name in ("bundle-whole.tar", "unpacked"):
            self.verify(f"{name} verifies, complete up to the known head", [0], self.path(name), *head)
        if os.path.exists(self.path("bundle-whole.tar.zst")):
            self.verify("bundle-whole.tar.zst verifies", [0], self.path("bundle-whole.tar.zst"), *head)
        self.verify("bundle-range.tar verifies", [0], self.path("bundle-range.tar"))
        self.verify(
            "receipt.tlog-proof verifies with record.cbor",
            [0],
            "receipt",
            self.path("receipt.tlog-proof"),
            "--record",
            self.path("record.cbor"),
        )
        for name in ("bundle-whole.tar", "bundle-range.tar", "receipt.tlog-proof", "record.cbor"):
            self.flips(name)
        self.directories()

    def directories(self):
        """The unpacked form, with something in it that leads nowhere, and what is no bundle."""
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, "copy")
            shutil.copytree(self.path("unpacked"), copy)
            os.mkdir(os.path.join(copy, "empty"))
            self.verify("unpacked with an empty directory is refused", [verify.MALFORMED], copy)
            os.rmdir(os.path.join(copy, "empty"))
            self.verify("unpacked without it verifies", [verify.HOLDS], copy)
            with open(os.path.join(copy, "README"), "wb"):
                pass
            self.verify("unpacked with another file is refused", [verify.MALFORMED], copy)
            os.remove(os.path.join(copy, "README"))
            for name, code in (("README.txt", verify.BROKEN), ("manifest", verify.MALFORMED)):
                path, away = os.path.join(copy, name), os.path.join(folder, name + " elsewhere")
                os.rename(path, away)
                os.symlink(away, path)
                self.verify(f"unpacked with a link as {name} is refused", [code], copy)
                os.remove(path)
                os.rename(away, path)
            self.verify("a directory without a manifest is no bundle", [verify.MALFORMED], folder)

    def flips(self, name):
        """One bit changed at evenly spread places: each must be seen."""
        raw = verify.read(self.path(name))
        # A signature line that no longer names a known key is ignored, as C2SP has it, and the
        # other identity line still vouches: in a receipt only what stands above them is bound.
        reach = raw.rindex(b"\n\n") if name.startswith("receipt") else len(raw)
        unseen = []
        with tempfile.TemporaryDirectory() as folder:
            for number in range(FLIPS):
                place = (2 * number + 1) * reach // (2 * FLIPS)
                copy = os.path.join(folder, "copy")
                with open(copy, "wb") as file:
                    file.write(raw[:place] + bytes([raw[place] ^ 1 << number % 8]) + raw[place + 1 :])
                other = {
                    "receipt.tlog-proof": ["receipt", copy, "--record", self.path("record.cbor")],
                    "record.cbor": ["receipt", self.path("receipt.tlog-proof"), "--record", copy],
                }
                with contextlib.redirect_stdout(io.StringIO()):
                    code = verify.main([*other.get(name, [copy]), "--key", self.key])
                if code not in (verify.BROKEN, verify.MALFORMED):
                    unseen.append((place, code))
        self.report(
            f"{name}: {FLIPS} copies with one bit changed are refused", not unseen, f"(place, exit code): {unseen}"
        )

    def vectors(self):
        """The golden vectors are what the generator makes now, and the verifier agrees with them."""
        held = os.path.join(make_vectors.ROOT, "tests", "vectors")
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            make_vectors.main(folder)
            different = list(differences(filecmp.dircmp(folder, held, ignore=["README.md"])))
        self.report("tests/vectors is what make_vectors.py makes", not different, f"{different[:5]}; run make vectors")
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            passed, failed = check_vectors.run(held)
        self.report(f"{passed} golden vectors are judged as their index says", not failed, out.getvalue())


def differences(compared):
    """Names that differ between two directories."""
    yield from (*compared.left_only, *compared.right_only, *compared.diff_files, *compared.funny_files)
    for deeper in compared.subdirs.values():
        yield from differences(deeper)


if __name__ == "__main__":
    checks = Checks(sys.argv[1])
    checks.vectors()
    checks.evidence()
    print(f"python: {checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)
