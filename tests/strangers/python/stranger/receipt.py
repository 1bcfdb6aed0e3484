"""Section 7: a receipt, held against its record file."""

from . import cbor, merkle, note, record
from .errors import Malformed, Refused
from .lineage import Lineage
from .sealed import key_commitment, open_part


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
        cbor.decode(note.unbase64(rows[1][6:])),
        "extra",
        dict(previous=bytes),
        dict(certificate=bytes, identities=list, genesis=bytes),
    )
    if "identities" in extra and (
        not extra["identities"] or any(not isinstance(item, bytes) for item in extra["identities"])
    ):
        raise Malformed("extra.identities is empty, or holds what is no header")
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
    lineage = _lineage(extra, pinned)
    if header["kind"] != "event":
        lineage.check(header)
    if header["kind"] != "epoch" and index - 1 in lineage.rotations():
        raise Refused("the record after a new identity is no certificate")
    says = _check_parts(header, held, pinned.name)
    checkpoint, provisional = _check_signature(extra, signed, lineage)
    if "certificate" in extra:
        first = record.parse_header(extra["certificate"])["seq"]
        if index < first and first > 1:
            raise Refused(f"record {index} comes before the epoch of certificate {first}")
    chain = merkle.chain_link(extra["previous"], held["header"])
    if merkle.root_of_inclusion(merkle.leaf(chain), index, checkpoint.size, proof) != checkpoint.root:
        raise Refused("the inclusion proof does not lead to the checkpoint's root")
    if index == 0 and extra["previous"] != merkle.chain_start(pinned.name):
        raise Refused("record 0 does not continue from the origin")
    says.insert(0, f"record {index} is in the tree of size {checkpoint.size} of {pinned.name}")
    says.append(
        "PROVISIONAL: signed by an epoch key, or by an identity that is not shown to be in the tree"
        if provisional or lineage.rotations()
        else "signed by the pinned identity key"
    )
    return says


def _lineage(extra, pinned):
    """The identities that the receipt shows."""
    lineage = Lineage(pinned)
    if "genesis" in extra:
        header = record.parse_header(extra["genesis"])
        if header["kind"] == "event":
            raise Refused("extra.genesis is an event")
        statement = lineage.check(header)
        if header["kind"] != "genesis" or "recovery" not in statement or "identities" not in extra:
            raise Refused("extra.genesis stands for a recovery key, beside identities")
        lineage.accept(header, statement)
    least = 2
    for raw in extra.get("identities", []):
        header = record.parse_header(raw)
        if header["kind"] != "identity" or header["seq"] < least:
            raise Refused("an identity of the receipt does not follow the one before it")
        lineage.accept(header, lineage.check(header))
        least = header["seq"] + 2
    return lineage


def _check_parts(header, held, origin):
    says, sealed = [], "data_key" in header
    if "event_key" in held:
        if not sealed:
            raise Refused("an event key for a record that is not encrypted")
        if key_commitment(held["event_key"]) != header["key_commitment"]:
            raise Refused("the event key is not the one that the header commits to")
    for part, domain in (
        ("body", merkle.SEALED_BODY if sealed else merkle.BODY),
        ("payload", merkle.SEALED_PAYLOAD if sealed else merkle.PAYLOAD),
    ):
        if part not in held:
            says.append(f"{part}: not disclosed" if part in header else f"{part}: none")
            continue
        if part not in header:
            raise Refused(f"the record file holds a {part} that the header does not commit to")
        salt, content = held[part]
        if merkle.commitment(salt, domain, content) != header[part]:
            raise Refused(f"the {part} does not match its commitment")
        record.check_part(header, part, content)
        says.append(f"{part}: matches its commitment")
        if "event_key" in held:
            plaintext = open_part(held["event_key"], header, origin, domain, content)
            told = record.parse_body(plaintext) if part == "body" else f"{len(plaintext)} bytes"
            says.append(f"{part}: opens: {told}")
    return says


def _check_signature(extra, signed, lineage):
    """The checkpoint, and whether it stands on an epoch key only."""
    introduced, _ = lineage.steps[-1]
    checkpoint, plain, seconds = note.check_identity(signed, lineage.key(2**63))
    if lineage.rotations() and checkpoint.size <= introduced:
        raise Refused("the checkpoint is older than the receipt's last identity")
    if plain or seconds is not None:
        if "certificate" in extra:
            raise Malformed("a receipt under an identity line carries no certificate")
        return checkpoint, False
    if "certificate" not in extra:
        raise Refused("the checkpoint is not signed by the pinned key, and no certificate is given")
    header = record.parse_header(extra["certificate"])
    if header["kind"] != "epoch":
        raise Malformed("the certificate is not an epoch certificate")
    if header["seq"] <= introduced:
        raise Refused("the certificate is older than the receipt's last identity")
    return note.check_epoch(signed, lineage.check(header)), True
