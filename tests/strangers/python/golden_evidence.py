#!/usr/bin/env python3
"""Writes the evidence of a golden ledger as tests/strangers/run wants it: golden_evidence.py DIR."""

import os
import sys

from forge.bundle_forms import tiles_ledger
from forge.ledger import bundle_files, tar
from make_vectors import ROOT
from stranger import cbor


def main(folder):
    """One ledger of 300 records: bundles, receipt, record, key and an older checkpoint."""
    with open(os.path.join(ROOT, "docs", "evidence-format.md"), "rb") as file:
        page = file.read()
    ledger = tiles_ledger()
    whole = bundle_files(ledger, page)
    files = {
        "key.vkey": ledger.vkey().text().encode() + b"\n",
        "bundle-whole.tar": tar(whole),
        "bundle-range.tar": tar(bundle_files(ledger, page, 100, 200, False)),
        "checkpoint": ledger.checkpoint(270),
        "receipt.tlog-proof": ledger.receipt(16),
        "record.cbor": cbor.encode(ledger.record_file(16, "body", "payload")),
        **{f"unpacked/{name}": content for name, content in whole.items()},
    }
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(content)


if __name__ == "__main__":
    main(sys.argv[1])
