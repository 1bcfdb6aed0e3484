"""Vectors of section 7: receipts with their record files."""

from stranger import cbor, merkle

from .encoding import ORIGIN, small_ledger
from .ledger import Ledger, receipt_text
from .seeds import Key, fixed
from .signing import pinned


def receipt_vectors(book):
    """Receipts with their record files."""
    ledger = small_ledger()
    full, held = ledger.receipt(2), ledger.record_file(2, "body", "payload")
    provisional = ledger.receipt(6, checkpoint=ledger.epoch_checkpoint(), certificate=ledger.records[4].raw())

    def add(result, name, receipt, file, exit_code, **rest):
        name_of = book.file(
            f"receipt/{result}-{name}.record.cbor", file if isinstance(file, bytes) else cbor.encode(file)
        )
        book.bytes(
            "receipt",
            result,
            name,
            "7",
            receipt,
            "tlog-proof",
            record=name_of,
            **pinned(ledger.vkey()),
            exit=[exit_code],
            **rest,
        )

    add("good", "published", full, held, 0, index=2, provisional=False)
    add("good", "published-header-only", full, ledger.record_file(2), 0, index=2, provisional=False)
    add("good", "published-genesis", ledger.receipt(0), ledger.record_file(0), 0, index=0, provisional=False)
    add("good", "published-certificate", ledger.receipt(4), ledger.record_file(4), 0, index=4, provisional=False)
    add("good", "published-in-an-older-tree", ledger.receipt(2, 3), held, 0, index=2, provisional=False)
    add("good", "provisional", provisional, ledger.record_file(6, "body", "payload"), 0, index=6, provisional=True)
    by_epoch = dict(checkpoint=ledger.epoch_checkpoint(), certificate=ledger.records[4].raw())
    certificate = ledger.record_file(4)
    add("good", "provisional-certificate", ledger.receipt(4, **by_epoch), certificate, 0, index=4, provisional=True)
    add("bad", "provisional-of-an-earlier-epoch", ledger.receipt(2, **by_epoch), held, 1)
    genesis = ledger.record_file(0)
    add("bad", "provisional-genesis-of-an-earlier-epoch", ledger.receipt(0, **by_epoch), genesis, 1)
    changed = dict(held, body=[held["body"][0], held["body"][1].replace(b"ada", b"bob")])
    broken = {
        "body-changed": (full, changed),
        "payload-changed": (full, dict(held, payload=[held["payload"][0], b'{"door":8}'])),
        "salt-changed": (full, dict(held, body=[bytes(32), held["body"][1]])),
        "body-as-payload": (full, dict(held, payload=held["body"])),
        "record-of-another-index": (full, ledger.record_file(3)),
        "payload-without-commitment": (ledger.receipt(3), dict(ledger.record_file(3, "body"), payload=held["payload"])),
        "header-changed": (
            full,
            dict(header=cbor.encode(dict(ledger.records[2].header, type="com.example.door.closed"))),
        ),
        "of-another-size": (ledger.receipt(2).replace(b"\n7\n", b"\n8\n"), held),
        "provisional-without-certificate": (
            ledger.receipt(6, checkpoint=ledger.epoch_checkpoint()),
            ledger.record_file(6),
        ),
        "provisional-with-the-certificate-before": (
            ledger.receipt(6, checkpoint=ledger.epoch_checkpoint(), certificate=ledger.records[1].raw()),
            ledger.record_file(6),
        ),
    }
    proof = merkle.inclusion(2, ledger.leaves())
    extra = dict(previous=ledger.previous(2))
    for name, (what, index, steps) in {
        "previous-changed": (dict(previous=bytes(32)), 2, proof),
        "index-changed": (extra, 3, proof),
        "index-beyond-size": (extra, 7, proof),
        "proof-hash-missing": (extra, 2, proof[:-1]),
        "proof-hash-added": (extra, 2, [*proof, bytes(32)]),
        "proof-hashes-swapped": (extra, 2, [proof[1], proof[0], proof[2]]),
    }.items():
        broken[name] = (receipt_text(what, index, steps, ledger.checkpoint()), held)
    stranger = Ledger("stranger", ORIGIN, Key("thief"))
    stranger.records = ledger.records
    broken["signed-by-another-key"] = (receipt_text(extra, 2, proof, stranger.checkpoint()), held)
    broken.update(_ill_begun())
    for name, (receipt, file) in broken.items():
        add("bad", name, receipt, file, 1)
    malformed = {
        "not-a-tlog-proof": full.replace(b"tlog-proof@v1", b"tlog-proof@v2"),
        "without-extra": full.replace(full.split(b"\n")[1] + b"\n", b""),
        "extra-not-base64": full.replace(b"extra ", b"extra *"),
        "extra-unknown-key": receipt_text(dict(extra, more=0), 2, proof, ledger.checkpoint()),
        "extra-trailing-byte": receipt_text(cbor.encode(extra) + b"\0", 2, proof, ledger.checkpoint()),
        "index-leading-zero": full.replace(b"index 2", b"index 02"),
        "proof-hash-31-bytes": receipt_text(extra, 2, [proof[0][:31], *proof[1:]], ledger.checkpoint()),
        "without-checkpoint": full.split(b"\n\n")[0] + b"\n\n",
        "carriage-returns": full.replace(b"\n", b"\r\n"),
        "certificate-is-not-an-epoch": receipt_text(
            dict(previous=ledger.previous(6), certificate=ledger.records[0].raw()),
            6,
            merkle.inclusion(6, ledger.leaves()),
            ledger.epoch_checkpoint(),
        ),
    }
    for name, receipt in malformed.items():
        index = 6 if name.startswith("certificate") else 2
        add("bad", name, receipt, ledger.record_file(index), 3)
    add("bad", "record-file-not-cbor", full, b"record", 3)
    add("bad", "record-header-not-canonical", full, dict(header=b"\xb8\x09" + ledger.records[2].raw()[1:]), 3)


def _ill_begun():
    """Receipts by an operator whose ledger was wrong from the start."""
    elsewhere = small_ledger()
    elsewhere.breaks = {0: fixed("another past")}
    thieves = Ledger("small", ORIGIN)
    thieves.genesis(signer=Key("thief"))
    thieves.epoch(signer=Key("thief"))
    return {
        "genesis-continues-another-past": (elsewhere.receipt(0), elsewhere.record_file(0)),
        "genesis-signed-by-another-key": (thieves.receipt(0), thieves.record_file(0)),
        "certificate-signed-by-another-key": (thieves.receipt(1), thieves.record_file(1)),
    }
