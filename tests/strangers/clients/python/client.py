"""A client of the daemon on Python's grpcio, made from the protos when it runs.

usage: client.py DIR, an empty directory for the generated code. The environment says the rest (see ../run).
"""

import os
import sys
from importlib import resources
from pathlib import Path

import grpc
from grpc_tools import protoc


def generate(to):
    """Generates the messages and stubs of the protos."""
    protos = os.environ["PROTOS"]
    files = sorted(str(path) for path in Path(protos).rglob("*.proto"))
    known = str(resources.files("grpc_tools") / "_proto")
    made = protoc.main(["", f"-I{protos}", f"-I{known}", f"--python_out={to}", f"--grpc_python_out={to}", *files])
    if made != 0:
        sys.exit("the protos can't be compiled")
    sys.path.insert(0, to)


class Checks:
    """What passed and what failed."""

    def __init__(self):
        self.passed = self.failed = 0

    def report(self, what, is_right, found=""):
        if is_right:
            self.passed += 1
            print(f"ok      python: {what}")
        else:
            self.failed += 1
            print(f"FAILED  python: {what}: {found}")


def channel(with_certificate):
    def read(name):
        return Path(os.environ[name]).read_bytes()

    shown = (read("KEY"), read("CERT")) if with_certificate else (None, None)
    credentials = grpc.ssl_channel_credentials(read("CA"), *shown)
    return grpc.secure_channel(os.environ["ADDRESS"], credentials)


def refusal(call, request):
    """How a call is refused: code, words, and the bytes of its details; the members of a map come in any order.

    The absent ledger goes by the foreign one's name, which is as long: a refusal says the name that was asked for.
    """
    absent, foreign = os.environ["ABSENT"], os.environ["FOREIGN"]
    try:
        call(request, timeout=30)
    except grpc.RpcError as error:
        details = dict(error.trailing_metadata()).get("grpc-status-details-bin", b"")
        details = details.replace(absent.encode(), foreign.encode())
        return error.code(), error.details().replace(absent, foreign), sorted(details), b"ACCESS_DENIED" in details
    return None, "it was answered", [], False


def main():
    generate(sys.argv[1])
    from indelible.v1 import ledger_service_pb2 as messages
    from indelible.v1 import ledger_service_pb2_grpc as services

    checks = Checks()
    ledger = os.environ["LEDGER"]
    client = services.LedgerServiceStub(channel(True))

    append = messages.AppendRequest(ledger=ledger)
    event = append.event
    event.id, event.source, event.type = "python-1", "urn:python", "com.example.sale.v1"
    event.plaintext = b"hello"
    first = client.Append(append, timeout=30).acknowledgement.sequence
    checks.report("an event is appended", first > 0, first)
    again = client.Append(append, timeout=30).acknowledgement.sequence
    checks.report("the same event again is the same record", again == first, again)
    read = client.GetRecord(messages.GetRecordRequest(ledger=ledger, sequence=first), timeout=30)
    checks.report("it is read again", read.record.event.plaintext == b"hello", read)

    def stream():
        for number in range(3):
            message = messages.AppendStreamRequest(ledger=ledger)
            made = message.events.add()
            made.CopyFrom(event)
            made.id = f"python-stream-{number}"
            yield message

    acknowledged = [answer.message_index for answer in client.AppendStream(stream(), timeout=30)]
    checks.report("a stream is acknowledged message by message", acknowledged == [0, 1, 2], acknowledged)
    followed = client.FollowRecords(messages.FollowRecordsRequest(ledger=ledger, start_sequence=first), timeout=30)
    checks.report("records are followed", next(followed).records[0].sequence == first)
    followed.cancel()

    foreign, absent = (
        refusal(client.GetRecord, messages.GetRecordRequest(ledger=os.environ[name], sequence=0))
        for name in ("FOREIGN", "ABSENT")
    )
    checks.report("somebody else's ledger is refused", foreign[0] == grpc.StatusCode.PERMISSION_DENIED, foreign)
    checks.report("and with the reason", foreign[3], foreign)
    checks.report("an absent ledger is refused in the same words", absent == foreign, absent)
    unknown = refusal(services.LedgerServiceStub(channel(False)).GetStatus, messages.GetStatusRequest())
    checks.report("without a certificate nobody is known", unknown[0] == grpc.StatusCode.UNAUTHENTICATED, unknown)

    # What it sends as the authority otherwise is the socket's path, which HTTP/2 servers refuse.
    options = [("grpc.default_authority", "localhost")]
    local = services.LedgerServiceStub(grpc.insecure_channel(f"unix:{os.environ['SOCKET']}", options))
    status = local.GetStatus(messages.GetStatusRequest(), timeout=30)
    checks.report("the status is read over the socket", status.state == messages.DAEMON_STATE_SERVING, status)

    print(f"python: {checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
