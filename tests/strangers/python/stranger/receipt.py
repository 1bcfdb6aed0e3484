"""Section 7: a receipt, held against its record file."""

from . import cbor, merkle, note, record
from .errors import Malformed, Refused


def parse_receipt(raw):
    """C2SP tlog-proof with our `extra` line; nothing verified yet."""
    head, gap, checkpoint = raw.partition(b"\n\n")
    try:
        rows = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise Malformed("receipt is not ASCII above its checkpoint") from error
    if not gap or rows[0] != "c2sp.org/tlog-proof@v1":
        raise Malformed("not a tlog-proof")
    if len(rows) < 3 or not rows[1].startswith("extra ") or not rows[2].startswith("index "):
        raise Malformed("receipt lacks its extra or index line")
    extra = record.fields(
        cbor.decode(note.unbase64(rows[1][6:])), "extra", dict(previous=bytes), dict(certificate=bytes)
    )
    record.hash32(extra["previous"], "extra.previous")
    proof = [record.hash32(note.unbase64(row), "inclusion proof") for row in rows[3:]]
    if len(proof) > 63:
        raise Malformed("inclusion proof is longer than any tree is high")
    return extra, note.decimal(rows[2][6:], "index"), proof, note.parse_note(checkpoint)


def verify_receipt(receipt, record_file, pinned):
    """Returns the lines that say what was verified, or raises."""
    extra, index, proof, signed = parse_receipt(receipt)
    held = record.parse_record_file(record_file)
    header = record.parse_header(held["header"])
    if header["seq"] != index:
        raise Refused(f"the receipt is for record {index}, the record is {header['seq']}")
    if header["kind"] != "event":
        record.check_key_event(header, pinned)
    says = _check_parts(header, held)
    checkpoint, provisional = _check_signature(extra, signed, pinned)
    chain = merkle.chain_link(extra["previous"], held["header"])
    if merkle.root_of_inclusion(merkle.leaf(chain), index, checkpoint.size, proof) != checkpoint.root:
        raise Refused("the inclusion proof does not lead to the checkpoint's root")
    if index == 0 and extra["previous"] != merkle.chain_start(pinned.name):
        raise Refused("record 0 does not continue from the origin")
    says.insert(0, f"record {index} is in the tree of size {checkpoint.size} of {pinned.name}")
    says.append("PROVISIONAL: signed by an epoch key only" if provisional else "signed by the pinned identity key")
    return says


def _check_parts(header, held):
    says = []
    for part, domain in (("body", merkle.BODY), ("payload", merkle.PAYLOAD)):
        if part not in held:
            says.append(f"{part}: not disclosed" if part in header else f"{part}: none")
            continue
        if part not in header:
            raise Refused(f"the record file holds a {part} that the header does not commit to")
        salt, content = held[part]
        if merkle.commitment(salt, domain, content) != header[part]:
            raise Refused(f"the {part} does not match its commitment")
        if part == "body":
            record.parse_body(content)
        elif len(content) > record.PAYLOAD_BYTES_MAX:
            raise Malformed("payload is longer than 1,048,576 bytes")
        says.append(f"{part}: matches its commitment")
    return says


def _check_signature(extra, signed, pinned):
    """The checkpoint, and whether it stands on an epoch key only."""
    checkpoint, plain, seconds = note.check_identity(signed, pinned)
    if plain or seconds is not None:
        if "certificate" in extra:
            raise Malformed("a receipt under an identity line carries no certificate")
        return checkpoint, False
    if "certificate" not in extra:
        raise Refused("the checkpoint is not signed by the pinned key, and no certificate is given")
    header = record.parse_header(extra["certificate"])
    if header["kind"] != "epoch":
        raise Malformed("the certificate is not an epoch certificate")
    return note.check_epoch(signed, record.check_key_event(header, pinned)), True
