#!/usr/bin/env python3
"""Runs a verifier program over the golden receipts and bundles: check_program.py PROGRAM [ARGUMENT...].

The program is called as `indelible-verify` is, and judged by its exit code alone.
"""

import json
import os
import subprocess
import sys
import tempfile

import check_vectors
from verify import NOT_CHECKED

FOLDER = os.path.normpath(os.path.join(check_vectors.HERE, "..", "..", "vectors"))


def arguments(vector, scratch):
    """The command line for a vector, or None where there is nothing to run."""
    if vector["kind"] == "receipt":
        receipt, record = (os.path.join(FOLDER, vector[key]) for key in ("file", "record"))
        return ["receipt", receipt, "--record", record, "--key", vector["key"]]
    if vector["kind"] not in ("bundle-whole", "bundle-range"):
        return None
    bundle = os.path.join(scratch, "bundle." + vector["form"])
    with open(bundle, "wb") as file:
        file.write(check_vectors.Checker(FOLDER).bundle_bytes(vector))
    line = [bundle, "--key", vector["key"], "--now", str(vector["now"])]
    for key, option in (("known_head", "--known-head"), ("policy", "--policy")):
        if key in vector:
            line += [option, os.path.join(FOLDER, vector[key])]
    if "max_age" in vector:
        line += ["--max-age", f"{vector['max_age']}s"]
    if "require" in vector:
        line += ["--require", ",".join(vector["require"])]
    return line


def main(program):
    """Prints each difference; 1 if there was one."""
    with open(os.path.join(FOLDER, "index.json"), encoding="utf-8") as file:
        vectors = json.load(file)["vectors"]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for vector in vectors:
            line = arguments(vector, scratch)
            if line is None:
                continue
            done = subprocess.run([*program, *line], capture_output=True, text=True, check=False)
            if done.returncode == NOT_CHECKED:
                continue
            if done.returncode in vector["exit"]:
                passed += 1
            else:
                failed += 1
                print(f"FAILED {vector['name']}: exit {done.returncode}, not {vector['exit']}")
                print("       " + (done.stdout + done.stderr).strip().replace("\n", "\n       "))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
