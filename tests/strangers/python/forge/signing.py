"""Vectors of sections 3.5, 6 and 7: signatures, keys, notes, checkpoints, certificates, receipts."""

import base64
import hashlib

from stranger import cbor, curve, note, record

from .encoding import ORIGIN, small_ledger
from .ledger import SECONDS, Ledger, signature_line
from .seeds import Key, fixed

WITNESS = "witness.example.com/w1"


def _order_eight():
    """A point of order eight."""
    for y in range(2, 100):
        point = curve.decompress(y.to_bytes(32, "little"))
        if point:
            small = curve.multiply(curve.ORDER, point)
            if not curve.is_identity(curve.multiply(4, small)):
                return small
    raise AssertionError("no point of order eight")


def _sign(secret, public, nonce, message):
    """A signature made by hand: equation sound for the prime-order part."""
    base = curve.decompress(bytes.fromhex("58" + "66" * 31))
    r = curve.compress(curve.multiply(nonce, base))
    k = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % curve.ORDER
    return r + ((nonce + k * secret) % curve.ORDER).to_bytes(32, "little"), k


def _mixed_key(message):
    """A public key with a torsion part, and a signature that ignores it: the bare equation holds."""
    base = curve.decompress(bytes.fromhex("58" + "66" * 31))
    secret = int.from_bytes(fixed("mixed"), "little") % curve.ORDER
    point = curve.multiply(secret, base)
    public = curve.compress(curve._add(point, _order_eight()))
    for nonce in range(1, 1000):
        signature, k = _sign(secret, public, nonce, message)
        if k % 8 == 0:
            return public, signature
    raise AssertionError("no nonce fits")


def signature_vectors(book):
    """Strict Ed25519; a key that is not acceptable makes every signature by it bad."""
    message, key = b"indelible test message", Key("signer")
    sound = key.sign(message)
    scalar = int.from_bytes(sound[32:], "little")
    mixed, by_mixed = _mixed_key(message)
    secret = int.from_bytes(fixed("identity nonce"), "little") % curve.ORDER
    base = curve.decompress(bytes.fromhex("58" + "66" * 31))
    own = curve.compress(curve.multiply(secret, base))
    small_r, _ = _sign(secret, own, 0, message)
    neutral = b"\x01" + bytes(31)
    cases = {
        "plain": ("good", key.public, message, sound),
        "empty-message": ("good", key.public, b"", key.sign(b"")),
        "message-changed": ("bad", key.public, message + b".", sound),
        "r-changed": ("bad", key.public, message, bytes([sound[0] ^ 1]) + sound[1:]),
        "s-changed": ("bad", key.public, message, sound[:32] + bytes([sound[32] ^ 1]) + sound[33:]),
        "s-plus-group-order": ("bad", key.public, message, sound[:32] + (scalar + curve.ORDER).to_bytes(32, "little")),
        "other-key": ("bad", Key("other").public, message, sound),
        "key-neutral-element": ("bad", neutral, message, neutral + bytes(32)),
        "key-order-eight": ("bad", curve.compress(_order_eight()), message, sound),
        "key-with-torsion": ("bad", mixed, message, by_mixed),
        "key-not-canonical": ("bad", (curve.P + 1).to_bytes(32, "little"), message, neutral + bytes(32)),
        "key-not-on-the-curve": ("bad", b"\x02" + bytes(31), message, sound),
        "r-neutral-element": ("bad", own, message, small_r),
        "signature-all-zero": ("bad", key.public, message, bytes(64)),
    }
    for name, (result, public, text, signature) in cases.items():
        book.add("signature", result, name, "3.5", public=public.hex(), message=text.hex(), signature=signature.hex())


def vkey_vectors(book):
    """Verifier keys as text."""
    key, ledger = Key("x"), small_ledger()
    plain, timestamped = ledger.vkey().text(), note.VerifierKey(WITNESS, note.TIMESTAMPED, key.public).text()
    name, digits, encoded = plain.split("+", 2)
    mixed, _ = _mixed_key(b"indelible test message")

    def other(public, kind=1):
        raw = bytes([kind]) + public
        return f"{name}+{note.key_id(name, kind, public).hex()}+{base64.b64encode(raw).decode()}"

    book.add("vkey", "good", "ledger", "6", vkey=plain, key_name=name, type=1, public=ledger.identity.public.hex())
    book.add("vkey", "good", "witness", "6", vkey=timestamped, key_name=WITNESS, type=4, public=key.public.hex())
    for label, text in {
        "id-wrong": f"{name}+00000000+{encoded}",
        "id-upper-case": f"{name}+{digits.upper()}+{encoded}",
        "id-of-7-digits": f"{name}+{digits[:7]}+{encoded}",
        "two-parts": f"{name}+{digits}",
        "base64-cut": f"{name}+{digits}+{encoded[:-1]}",
        "base64-not-canonical": f"{name}+{digits}+{_noncanonical(encoded)}",
        "type-2": other(key.public, 2),
        "key-31-bytes": other(key.public[:31]),
        "key-small-order": other(b"\x01" + bytes(31)),
        "key-with-torsion": other(mixed),
        "empty": "",
        "name-changed": f"{name[:-1]}c+{digits}+{encoded}",
    }.items():
        book.add("vkey", "bad", label, "6", vkey=text)


def _noncanonical(encoded):
    """The same bytes with non-zero trailing bits, or characters beyond the padding."""
    stem = encoded.rstrip("=")
    if stem == encoded:
        return encoded + "===="
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return stem[:-1] + letters[letters.index(stem[-1]) + 1] + encoded[len(stem) :]


def note_vectors(book):
    """The form of notes; no signature is verified."""
    text, key = "two\n\nparagraphs\n", Key("note")
    line = signature_line("example.com/k", note.PLAIN, key, text)
    good = {
        "one-line": text + "\n" + line,
        "64-lines": text + "\n" + line * 64,
        "text-with-empty-line-at-end": "text\n\n\n" + line,
        "name-beyond-ascii": text + "\n" + line.replace("example.com/k", "caf\u00e9"),
    }
    bad = {
        "no-signature": text + "\n",
        "no-empty-line": "text\n" + line,
        "65-lines": text + "\n" + line * 65,
        "no-final-newline": text + "\n" + line[:-1],
        "hyphen-for-dash": text + "\n" + line.replace("\u2014", "-"),
        "carriage-return": text + "\r\n" + line,
        "tab-in-text": "a\tb\n\n" + line,
        "two-spaces": text + "\n" + line.replace(" ", "  ", 1),
        "name-with-plus": text + "\n" + line.replace("example", "exa+mple"),
        "name-with-no-break-space": text + "\n" + line.replace("example", "exa\u00a0mple"),
        "base64-not-canonical": text + "\n" + line.split(" ")[0] + " k " + "AAAAAAB=\n",
        "base64-without-padding": text + "\n" + line.rstrip("=\n") + "\n",
        "signature-3-bytes": text + "\n\u2014 k AAAA\n",
        "empty-line-after-signatures": text + "\n" + line + "\n",
        "empty": "",
        "longer-than-65536-bytes": "x" * 65_536 + "\n\n" + line,
        "text-not-ended": "text\n\n\u2014",
        "no-text": "\n" + line,
        "trailing-space": text + "\n" + line[:-1] + " \n",
    }
    for result, cases in (("good", good), ("bad", bad)):
        for name, content in cases.items():
            book.bytes("note", result, name, "6", content.encode(), "note")
    book.bytes("note", "bad", "not-utf8", "6", b"te\xffxt\n\n" + line.encode(), "note")


def pinned(key):
    """The entry that names the key to trust."""
    return dict(key=key.text())


def checkpoint_vectors(book):
    """Checkpoints under the pinned key, or under a certificate for an epoch line."""
    ledger, other = small_ledger(), Ledger("other", "audit.example.com/gates/ba9876543210")
    text, size = ledger.text(), len(ledger.records)
    root = ledger.root().hex()
    lines = ledger.identity_lines(text)
    plain, timestamped = lines.splitlines(keepends=True)
    epoch = ledger.epoch_checkpoint().decode().split("\n\n")[1]
    witness = signature_line(WITNESS, note.TIMESTAMPED, Key("witness"), text, SECONDS + 70)
    certificate = ledger.records[4].raw().hex()

    def add(result, name, content, **rest):
        content = content if isinstance(content, bytes) else content.encode()
        book.bytes("checkpoint", result, name, "6", content, "note", **pinned(ledger.vkey()), **rest)

    told = dict(origin=ORIGIN, size=size, root=root)
    add("good", "identity", f"{text}\n{plain}", **told, identity=True)
    add("good", "identity-and-timestamped", f"{text}\n{lines}", **told, identity=True, time=SECONDS + 60)
    add(
        "good",
        "identity-timestamped-and-witness",
        f"{text}\n{lines}{witness}",
        **told,
        identity=True,
        time=SECONDS + 60,
    )
    add("good", "identity-and-unknown-line", f"{text}\n{plain}{epoch}", **told, identity=True)
    add("good", "epoch", f"{text}\n{epoch}", **told, identity=False, certificate=certificate)
    both = dict(**told, identity=True, certificate=certificate)
    add("good", "identity-and-epoch", f"{text}\n{plain}{epoch}", **both)
    add("bad", "identity-sound-but-epoch-changed", f"{text}\n{plain}{_spoiled(epoch)}", certificate=certificate)
    name = epoch.split()[1]
    strange = [
        f"\u2014 {name} {base64.b64encode(bytes(length)).decode()}\n"
        for name in (ORIGIN, name, WITNESS)
        for length in (5, 68)
    ]
    add("good", "identity-and-lines-of-unknown-keys-of-any-length", f"{text}\n{plain}{''.join(strange)}", **both)
    add("bad", "witness-only", f"{text}\n{witness}")
    add("bad", "identity-signature-changed", f"{text}\n{_spoiled(plain)}")
    add("bad", "identity-sound-but-timestamped-changed", f"{text}\n{plain}{_spoiled(timestamped)}")
    add(
        "bad",
        "size-changed",
        f"{text.replace(chr(10) + str(size) + chr(10), chr(10) + str(size + 1) + chr(10))}\n{plain}",
    )
    add(
        "bad", "by-another-key-under-the-same-name", f"{text}\n{signature_line(ORIGIN, note.PLAIN, Key('thief'), text)}"
    )
    add(
        "bad",
        "of-another-origin",
        f"{other.text()}\n{signature_line(ORIGIN, note.PLAIN, ledger.identity, other.text())}",
    )
    time_cut = base64.b64decode(timestamped.split()[2])
    add(
        "bad",
        "timestamped-line-as-plain",
        f"{text}\n\u2014 {ORIGIN} {base64.b64encode(note.key_id(ORIGIN, note.PLAIN, ledger.identity.public) + time_cut[12:]).decode()}\n",
    )
    short = base64.b64encode(time_cut[:-8]).decode()
    add("bad", "timestamped-line-of-64-bytes", f"{text}\n{plain}\u2014 {ORIGIN} {short}\n")
    moved = time_cut[:4] + (SECONDS + 61).to_bytes(8, "big") + time_cut[12:]
    add("bad", "timestamp-moved", f"{text}\n{plain}\u2014 {ORIGIN} {base64.b64encode(moved).decode()}\n")
    for name, wrong in {
        "extension-line": text + "extra\n",
        "size-with-leading-zero": text.replace(f"\n{size}\n", f"\n0{size}\n"),
        "size-with-sign": text.replace(f"\n{size}\n", f"\n+{size}\n"),
        "size-beyond-2-to-63": text.replace(f"\n{size}\n", f"\n{2**63}\n"),
        "root-31-bytes": f"{ORIGIN}\n{size}\n{base64.b64encode(bytes(31)).decode()}\n",
        "root-base64-not-canonical": f"{ORIGIN}\n{size}\n{_noncanonical(text.splitlines()[2])}\n",
        "two-lines-only": f"{ORIGIN}\n{size}\n",
    }.items():
        add("bad", name, f"{wrong}\n{signature_line(ORIGIN, note.PLAIN, ledger.identity, wrong)}")
    _epoch_checkpoints(add, ledger, text)


def _spoiled(line):
    """A signature line with one bit of its last byte changed."""
    start, name, encoded = line.split()
    raw = bytearray(base64.b64decode(encoded))
    raw[-1] ^= 1
    return f"{start} {name} {base64.b64encode(bytes(raw)).decode()}\n"


def _epoch_checkpoints(add, ledger, text):
    first = ledger.records[1].raw().hex()
    line = ledger.epoch_checkpoint().decode().split("\n\n")[1]
    add("bad", "epoch-without-certificate", f"{text}\n{line}")
    add("bad", "epoch-under-another-certificate", f"{text}\n{line}", certificate=first)
    add(
        "bad",
        "epoch-line-named-after-the-origin",
        f"{text}\n{signature_line(ORIGIN, note.PLAIN, ledger.epoch_key(4), text)}",
        certificate=ledger.records[4].raw().hex(),
    )
    add(
        "bad",
        "epoch-line-with-leading-zero",
        f"{text}\n{signature_line(ORIGIN + '#04', note.PLAIN, ledger.epoch_key(4), text)}",
        certificate=ledger.records[4].raw().hex(),
    )
    for name, span in {"epoch-size-beyond-last": 2, "epoch-size-is-last": 3}.items():
        short = small_ledger()
        short.records = short.records[:4]
        short.epoch(span)
        for item in ledger.records[5:]:
            short.event(cbor.decode(item.body[1]))
        told = dict(origin=ORIGIN, size=7, root=short.root().hex(), identity=False) if span == 3 else {}
        add(
            "good" if span == 3 else "bad",
            name,
            short.epoch_checkpoint(),
            certificate=short.records[4].raw().hex(),
            **told,
        )
    at_first = ledger.epoch_checkpoint(4, 4)
    add("bad", "epoch-size-is-first", at_first, certificate=ledger.records[4].raw().hex())
    thief = small_ledger()
    thief.records = thief.records[:4]
    thief.epoch(signer=Key("thief"))
    add(
        "bad",
        "epoch-certificate-not-by-the-identity",
        thief.epoch_checkpoint(5, 4),
        certificate=thief.records[4].raw().hex(),
    )


def key_event_vectors(book):
    """One key event held against the pinned key: form, signature, origin, own sequence number."""
    ledger = small_ledger()

    def add(result, name, item, **rest):
        book.bytes("key-event", result, name, "3.5", item.raw(), **pinned(ledger.vkey()), **rest)

    add(
        "good",
        "genesis",
        ledger.records[0],
        statement=ledger.records[0].header["statement"].hex(),
        message=record.signed_message("genesis", ledger.records[0].header["statement"]).hex(),
    )
    add(
        "good",
        "epoch",
        ledger.records[1],
        statement=ledger.records[1].header["statement"].hex(),
        message=record.signed_message("epoch", ledger.records[1].header["statement"]).hex(),
    )
    before = dict(origin="audit.example.com/doors/000000000000", size=9, root=fixed("root"), chain=fixed("chain"))
    cases = {
        "genesis-with-recovery": ("good", dict(recovery=Key("recovery").tagged)),
        "genesis-without-settings": ("good", dict(settings=None)),
        "genesis-recovery-is-the-identity": ("bad", dict(recovery=ledger.identity.tagged)),
        "genesis-with-predecessor-of-its-own-origin": ("bad", dict(predecessor=dict(before, origin=ORIGIN))),
        "genesis-with-predecessor": ("good", dict(predecessor=before)),
        "genesis-with-predecessor-and-lost-checkpoint": (
            "good",
            dict(predecessor=dict(before, lost=Ledger("x", before["origin"]).checkpoint(0).decode())),
        ),
        "genesis-of-another-origin": ("bad", dict(origin="audit.example.com/doors/000000000000")),
        "genesis-names-another-key": ("bad", dict(identity=[Key("thief").tagged])),
        "genesis-created-is-not-its-time": ("bad", dict(created=1)),
        "genesis-recovery-with-torsion": ("bad", dict(recovery=b"\x01" + _mixed_key(b"indelible test message")[0])),
    }
    for name, (result, changes) in cases.items():
        other = Ledger("small", ORIGIN)
        other.genesis(**changes)
        add(result, name, other.records[0])
    cases = {
        "epoch-of-another-origin": dict(origin="audit.example.com/doors/000000000000"),
        "epoch-first-is-not-its-seq": dict(first=2),
        "epoch-last-is-first": dict(last=1),
        "epoch-last-below-first": dict(last=0),
        "epoch-key-small-order": dict(key=b"\x01\x01" + bytes(31)),
        "epoch-key-of-an-unknown-type": dict(key=b"\x06" + Key("x").public),
        "epoch-key-is-the-identity": dict(key=ledger.identity.tagged),
    }
    for name, changes in cases.items():
        other = Ledger("small", ORIGIN)
        other.genesis()
        other.epoch(**changes)
        add("bad", name, other.records[1])
    for name, signatures in {
        "two-signatures": ledger.records[1].header["signatures"] * 2,
        "signature-63-bytes": [ledger.records[1].header["signatures"][0][:63]],
        "signature-65-bytes": [ledger.records[1].header["signatures"][0] + b"\0"],
    }.items():
        other = small_ledger()
        other.records[1].header["signatures"] = signatures
        add("bad", f"epoch-{name}", other.records[1])
    for kind in ("genesis", "epoch"):
        other = Ledger("small", ORIGIN)
        other.genesis(**(dict(signer=Key("thief")) if kind == "genesis" else {}))
        other.epoch(signer=Key("thief"))
        add("bad", f"{kind}-signed-by-another-key", other.records[0 if kind == "genesis" else 1])
    for name, message in {
        "signature-without-prefix": b"",
        "signature-with-genesis-prefix": b"indelible/genesis@v1\n",
        "signature-with-version-2-prefix": b"indelible/epoch@v2\n",
    }.items():
        other = small_ledger()
        header = other.records[1].header
        header["signatures"] = [ledger.identity.sign(message + header["statement"])]
        add("bad", f"epoch-{name}", other.records[1])
