#!/usr/bin/env python3
"""Writes tests/vectors/ from fixed seeds: make_vectors.py [FOLDER]. Same page, same bytes."""

import os
import sys

from forge import bodies, bundles, encoding, hashing, keys, life, receipts, signing
from forge.book import Book

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", "..", ".."))


def main(folder):
    """Clears the folder and writes every vector."""
    with open(os.path.join(ROOT, "docs", "evidence-format.md"), "rb") as file:
        page = file.read()
    os.makedirs(folder, exist_ok=True)
    book = Book(folder)
    book.clear()
    for write in (
        encoding.cbor_vectors,
        encoding.origin_vectors,
        encoding.header_vectors,
        bodies.body_vectors,
        bodies.record_file_vectors,
        hashing.commitment_vectors,
        hashing.chain_vectors,
        hashing.tree_vectors,
        hashing.inclusion_vectors,
        hashing.consistency_vectors,
        hashing.cover_vectors,
        hashing.name_vectors,
        signing.signature_vectors,
        signing.vkey_vectors,
        signing.note_vectors,
        signing.checkpoint_vectors,
        signing.key_event_vectors,
        keys.key_event_form_vectors,
        life.life_key_events,
        receipts.receipt_vectors,
        keys.sealed_receipts,
    ):
        write(book)
    bundles.bundle_vectors(book, page)
    book.close()
    print(f"{len(book.vectors)} vectors in {folder}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "tests", "vectors"))
