"""The calls of Indelible that attacks make: paths and messages."""

import struct

from .protobuf import bytes_of, number

SERVICE = b"/indelible.v1.LedgerService/"
COMPLIANCE = b"/indelible.v1.ComplianceService/"

# The ledger that a trial fills before it begins, with what makes large pages.
AUDIT = b"audit"

APPEND = SERVICE + b"Append"
APPEND_BATCH = SERVICE + b"AppendBatch"
APPEND_STREAM = SERVICE + b"AppendStream"
LIST_EVENTS = SERVICE + b"ListEvents"
FOLLOW = SERVICE + b"FollowRecords"
VERIFY = SERVICE + b"VerifyLedger"
EXPORT = SERVICE + b"ExportBundle"
STATUS = SERVICE + b"GetStatus"
REPORT = COMPLIANCE + b"CreateReport"
PROJECTIONS = COMPLIANCE + b"GetProjections"


def message(content: bytes, packed: bool = False, length: int | None = None) -> bytes:
    """A gRPC message. `length` is what its head claims, if that is not the truth."""
    return struct.pack(">BI", packed, len(content) if length is None else length) + content


def ledger(name: bytes = AUDIT) -> bytes:
    """A request whose only field is the ledger, which is the first one of all requests."""
    return bytes_of(1, name)


def event(identity: str, payload: bytes | None = None, media: bytes | None = None) -> bytes:
    fields = bytes_of(1, identity.encode()) + bytes_of(2, b"urn:attack") + bytes_of(3, b"attack.v1")
    if media is not None:
        fields += bytes_of(6, media)
    if payload is not None:
        fields += bytes_of(14, payload)
    return fields


def append(*events: bytes) -> bytes:
    """A request of any of the three kinds of append: their fields are alike."""
    return ledger() + b"".join(bytes_of(2, one) for one in events)


def page() -> bytes:
    """A request for the largest page of a list."""
    return ledger() + number(4, 1_000)


def mapping(text: bytes) -> bytes:
    """A request for a report by a mapping."""
    return ledger() + bytes_of(2, text)
