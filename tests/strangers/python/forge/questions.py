"""Vectors of section 9: good bundles asked for completeness and freshness."""

import os

from stranger import note

from .bundle_forms import tiles_ledger
from .encoding import ELSEWHERE, ORIGIN, small_ledger
from .keys import keys_ledger
from .ledger import SECONDS, Ledger, bundle_files, signature_line, tar
from .seeds import Key


def questions(shelf, small):
    """Known heads, ages, and what is required."""
    other = small_ledger()
    other.records[6].header["type"] = "com.example.door.closed"
    longer = small_ledger()
    longer.event(dict(id="e-5", source="/door/9"))
    heads = {
        "same": small.checkpoint(),
        "older": small.checkpoint(5),
        "larger": longer.checkpoint(),
        "forked": other.checkpoint(7),
        "of-another-key": Ledger("x", ORIGIN, Key("thief")).checkpoint(0),
    }
    files = {name: shelf.book.file(f"bundle/known-head-{name}.note", content) for name, content in heads.items()}
    complete = dict(integrity="holds", custody="holds", completeness="holds")
    broken = dict(integrity="holds", custody="holds", completeness="broken")
    open_ = dict(integrity="holds", custody="holds", completeness="can't be answered")
    for name in ("same", "older"):
        shelf.asked(
            f"whole-known-head-{name}",
            "whole",
            complete,
            (0,),
            known_head=files[name],
            require=["completeness"],
            section="9",
        )
    for name in ("larger", "forked"):
        shelf.asked(f"whole-known-head-{name}", "whole", broken, (1,), known_head=files[name], section="9")
    short, rewritten = small.copy(), small.copy()
    short.records = short.records[:5]
    rewritten.records[6].header["type"] = "com.example.door.closed"
    cut, again = tar(bundle_files(short, shelf.page)), tar(bundle_files(rewritten, shelf.page))
    shelf.edited("good", "whole-cut-to-an-older-checkpoint", "whole", cut, open_, (0,), section="9")
    shelf.edited(
        "bad",
        "whole-cut-to-an-older-checkpoint-with-known-head",
        "whole",
        cut,
        broken,
        known_head=files["same"],
        section="9",
    )
    shelf.edited(
        "bad",
        "whole-rewritten-and-signed-again-with-known-head",
        "whole",
        again,
        broken,
        known_head=files["same"],
        section="9",
    )
    _heads(shelf, small, complete)
    large = tiles_ledger()
    for size, answer in (
        (250, complete),
        (255, complete),
        (262, complete),
        (300, complete),
        (100, open_),
        (280, open_),
    ):
        head = shelf.book.file(f"bundle/known-head-{size}-of-300.note", large.checkpoint(size))
        exits = (0,) if answer is complete else (4,)
        shelf.asked(
            f"range-known-head-{size}",
            "range-middle",
            answer,
            exits,
            known_head=head,
            require=["completeness"],
            section="9",
        )
    _witnesses(shelf, small, complete, open_)
    shelf.asked(
        "whole-known-head-of-another-key",
        "whole",
        dict(integrity="holds", custody="can't be answered", completeness="can't be answered"),
        (4,),
        known_head=files["of-another-key"],
        section="9",
    )
    shelf.asked(
        "whole-completeness-required-without-known-head", "whole", open_, (4,), require=["completeness"], section="9.1"
    )
    shelf.asked(
        "whole-freshness-required-without-greatest-age",
        "whole",
        dict(integrity="holds", custody="holds", freshness="can't be answered"),
        (4,),
        require=["freshness"],
        section="9.1",
    )
    shelf.asked(
        "whole-fresh",
        "whole",
        dict(integrity="holds", custody="holds", freshness="holds"),
        (0,),
        max_age=40,
        require=["freshness"],
        section="9",
    )
    shelf.asked(
        "whole-stale",
        "whole",
        dict(integrity="holds", custody="holds", freshness="broken"),
        (1,),
        max_age=39,
        section="9",
    )


def _heads(shelf, small, complete):
    """What a known head must be to count as one."""
    text, origin = small.text(5), small.origin
    plain, timestamped = small.identity_lines(text).splitlines(keepends=True)
    epoch = small.epoch_checkpoint(5).decode().split("\n\n")[1]
    former = signature_line(f"{origin}#1", note.PLAIN, small.epoch_key(1), text)
    thief = signature_line(origin, note.PLAIN, Key("thief"), text)
    forged = signature_line(f"{origin}#4", note.PLAIN, small.epoch_key(4), text + "x")
    unknown = signature_line(f"{origin}#9", note.PLAIN, Key("thief"), text)
    nothing = dict(integrity="holds", custody="can't be answered", completeness="can't be answered")

    def of(name, lines, verdict=complete, exits=(0,), told=text, **rest):
        content = f"{told}\n{lines}" if lines else told
        head = shelf.book.file(f"bundle/known-head-{name}.note", content.encode())
        more = dict(dict(known_head=head, require=["completeness"], section="9"), **rest)
        shelf.asked(f"whole-known-head-{name}", "whole", verdict, exits, **more)

    def not_one(name, lines, **rest):
        of(name, lines, nothing, (4,), **rest)
        # Custody asks for it whatever is required.
        if name in ("of-epoch-only", "epoch-line-forged"):
            head = f"bundle/known-head-{name}.note"
            shelf.asked(f"whole-known-head-{name}-not-required", "whole", nothing, (4,), known_head=head, section="9.1")

    of("by-the-plain-line", plain)
    of("by-the-timestamped-line", timestamped)
    of("with-an-epoch-line", plain + epoch)
    of("with-a-former-epochs-line", plain + former)
    of("with-lines-of-strangers", thief + unknown + plain)
    not_one("of-epoch-only", epoch)
    not_one("of-strangers-only", thief + unknown)
    not_one("epoch-line-forged", plain + timestamped + forged)
    again = signature_line(f"{origin}#1", note.PLAIN, small.epoch_key(1), text + "x")
    not_one("former-epochs-line-forged", plain + again)
    not_one("plain-line-forged", signature_line(origin, note.PLAIN, small.identity, text + "x") + timestamped)
    late = signature_line(origin, note.TIMESTAMPED, small.identity, text + "x", SECONDS + 60)
    not_one("timestamped-line-forged", plain + late)
    for size in (0, 1):
        told = small.text(size)
        not_one(f"of-size-{size}", small.identity_lines(told), told=told)
    elsewhere = Ledger("small", ELSEWHERE)
    told = note.Checkpoint(ELSEWHERE, 5, small.root(5)).text()
    usage = dict(verdict={}, exits=(2,), section="9.1")
    of("of-another-origin", elsewhere.identity_lines(told), told=told, **usage)
    of("without-lines", "", told=text + "\n", **usage)
    of("with-an-extension-line", plain, told=text + "more\n", **usage)
    of("of-a-size-with-leading-zero", plain, told=text.replace("\n5\n", "\n05\n"), **usage)
    of("that-is-no-note", "", told="indelible\n", **usage)


def _witnesses(shelf, small, complete, open_):
    """Policies over a checkpoint that witnesses cosigned."""
    keys = {name: Key(name) for name in ("witness", "early", "late", "absent")}
    names = {name: f"{name}.example.com/w1" for name in keys}
    times = dict(witness=SECONDS + 70, early=SECONDS + 10, late=SECONDS + 90)
    vkeys = {name: note.VerifierKey(names[name], note.TIMESTAMPED, key.public).text() for name, key in keys.items()}
    vkeys["own"] = note.VerifierKey(ORIGIN, note.TIMESTAMPED, small.identity.public).text()
    own = [f"log {small.vkey().text()}"]
    other = [f"log {Ledger('x', ELSEWHERE).vkey().text()} https://log.example.com"]

    def line(name, text):
        return signature_line(names[name], note.TIMESTAMPED, keys[name], text, times[name])

    def cosigned(ledger, *witnesses):
        lines = "".join(line(name, ledger.text()) for name in witnesses)
        return tar(bundle_files(ledger, shelf.page, checkpoint=ledger.checkpoint() + lines.encode()))

    raw, three = cosigned(small, "witness"), cosigned(small, "early", "late", "witness")
    moved = line("witness", small.text(5))
    forged = tar(bundle_files(small, shelf.page, checkpoint=small.checkpoint() + moved.encode()))
    written = {}

    def policy_of(name, lines, ending="\n"):
        content = "\n".join([f"witness {label} {vkey}" for label, vkey in vkeys.items()] + lines) + ending
        if written.setdefault(name, content) != content:
            raise ValueError(name)
        path = f"bundle/policy-{name}.txt"
        return (
            path if os.path.exists(os.path.join(shelf.book.folder, path)) else shelf.book.file(path, content.encode())
        )

    def ask(name, quorum, result, bundle=raw, verdict=None, exits=None, ending="\n", base="whole", policy=None, **rest):
        verdict = verdict or (complete if result == "good" else open_)
        exits = exits or ((0,) if result == "good" else (4,))
        rest = dict(dict(require=["completeness"], section="9"), **rest)
        path = policy_of(policy or name, quorum, ending)
        shelf.edited(result, f"whole-policy-{name}", base, bundle, verdict, exits, policy=path, **rest)

    two = ["group two {} witness absent", "quorum two"]
    ask("one-witness", ["quorum witness"], "good")
    ask("any-of-two", [two[0].format("any"), two[1]], "good")
    ask("all-of-two-and-one-absent", [two[0].format("all"), two[1]], "bad")
    ask("witness-absent", ["quorum absent"], "bad")
    ask("own-key-as-witness", ["quorum own"], "bad")
    ask("cosignature-of-another-checkpoint", ["quorum witness"], "bad", forged, policy="one-witness")
    ask("of-this-log", [*own, "quorum witness"], "good")
    ask("of-this-log-and-another", [*other, *own, "quorum witness"], "good")
    ask("of-another-log", [*other, "quorum witness"], "bad")
    ask("none", ["quorum none"], "bad")
    usage = dict(verdict={}, exits=(2,), section="9.1")
    ask("without-its-last-newline", ["quorum witness"], "bad", ending="", **usage)
    ask("without-quorum", [], "bad", **usage)
    ask("line-unknown", ["quorum witness", "threshold 1"], "bad", **usage)
    ask("group-of-nobody", ["group two all", "quorum two"], "bad", **usage)
    ask("group-of-a-name-that-is-not-there", ["group two any witness nobody", "quorum two"], "bad", **usage)
    ask("group-of-more-than-it-has", ["group two 3 witness absent", "quorum two"], "bad", **usage)
    ask("group-of-none-needed", ["group two 0 witness absent", "quorum two"], "bad", **usage)
    ask("group-with-a-witness-s-name", ["group witness any early late", "quorum witness"], "bad", **usage)
    ask("two-quorums", ["quorum witness", "quorum absent"], "bad", **usage)
    ask("quorum-of-a-name-that-is-not-there", ["quorum nobody"], "bad", **usage)
    _beside(shelf, small, ask, complete, open_, own, other)
    _rotated(shelf, ask, cosigned, other)
    _fresh(shelf, ask, raw, three, other)
    _own(shelf, open_)


def _own(shelf, open_):
    """Keys of the ledger's own history are no witnesses; those of key events that are not valid are none of it."""

    def of(name, key, step=None, counts=False, recovery=None):
        ledger = Ledger("small", ORIGIN)
        ledger.genesis(**(dict(recovery=recovery.tagged) if recovery else {}))
        ledger.epoch()
        ledger.event(dict(id="e-2", source="/door"))
        if step:
            step(ledger)
        title = "own.example.com/w1"
        vkey = note.VerifierKey(title, note.TIMESTAMPED, key.public).text()
        policy = f"witness own {vkey}\nquorum own\n".encode()
        policy = shelf.book.file(f"bundle/policy-of-{name}.txt", policy)
        line = signature_line(title, note.TIMESTAMPED, key, ledger.text(), SECONDS + 70)
        signed = ledger.checkpoint() + line.encode()
        more = dict(policy=policy, require=["completeness", "freshness"], max_age=1000, section="9")
        verdict = dict(open_, freshness="can't be answered")
        if counts:
            verdict = dict(integrity="holds", custody="broken", completeness="holds", freshness="holds")
        raw = tar(bundle_files(ledger, shelf.page, checkpoint=signed))
        shelf.edited("bad", f"whole-policy-of-{name}", "whole", raw, verdict, (1,) if counts else (4,), **more)

    gate = Key("producer gate")
    of("an-epoch-key", Key("small epoch 1"))
    of("a-producers-key", gate, lambda ledger: ledger.register(gate, "gate"))
    of("the-recovery-key", Key("recovery"), recovery=Key("recovery"))
    of(
        "the-key-of-a-certificate-that-is-not-valid",
        gate,
        lambda ledger: ledger.epoch(key=gate.tagged, origin=ELSEWHERE),
        True,
    )
    of("the-key-of-a-producer-without-proof", gate, lambda ledger: ledger.register(gate, "gate", proof=bytes(64)), True)


def _beside(shelf, small, ask, complete, open_, own, other):
    """A policy beside a known head: all that is given must hold."""
    head = shelf.book.file("bundle/known-head-beside-a-policy.note", small.checkpoint(5))
    longer = small_ledger()
    longer.event(dict(id="e-5", source="/door/9"))
    larger = shelf.book.file("bundle/known-head-larger-beside-a-policy.note", longer.checkpoint())
    stranger = Ledger("x", ORIGIN, Key("thief")).checkpoint(0)
    stranger = shelf.book.file("bundle/known-head-of-another-key-beside-a-policy.note", stranger)
    broken = dict(complete, completeness="broken")
    nothing = dict(open_, custody="can't be answered")
    for name, quorum, result, policy in (
        ("none", ["quorum none"], "good", "none"),
        ("met", ["quorum witness"], "good", "one-witness"),
        ("met-of-this-log", [*own, "quorum witness"], "good", "of-this-log"),
        ("met-of-another-log", [*other, "quorum witness"], "bad", "of-another-log"),
        ("unmet", ["quorum absent"], "bad", "witness-absent"),
    ):
        ask(f"{name}-beside-a-known-head", quorum, result, policy=policy, known_head=head)
    more = dict(verdict=broken, exits=(1,), known_head=larger)
    ask("met-beside-a-larger-known-head", ["quorum witness"], "bad", policy="one-witness", **more)
    ask("unmet-beside-a-larger-known-head", ["quorum absent"], "bad", policy="witness-absent", **more)
    ask("none-beside-a-larger-known-head", ["quorum none"], "bad", policy="none", **more)
    more = dict(verdict=nothing, known_head=stranger)
    ask("met-beside-a-known-head-of-another-key", ["quorum witness"], "bad", policy="one-witness", **more)


def _rotated(shelf, ask, cosigned, other):
    """After a rotation a quorum vouches for custody, where the policy is of this ledger."""
    ledger = keys_ledger()
    raw = cosigned(ledger, "witness")
    holds = dict(integrity="holds", custody="holds", completeness="holds")
    unknown = dict(integrity="holds", custody="can't be answered", completeness="can't be answered")
    log = [f"log {ledger.vkey().text()}"]
    shelf.bases["rotated-witnessed"] = (*shelf.bases["whole"][:3], ledger)
    more = dict(bundle=raw, base="rotated-witnessed")
    ask("rotated-one-witness", ["quorum witness"], "good", policy="one-witness", verdict=holds, **more)
    ask("rotated-of-this-log", [*log, "quorum witness"], "good", verdict=holds, **more)
    ask("rotated-of-another-log", [*other, "quorum witness"], "bad", policy="of-another-log", verdict=unknown, **more)
    ask("rotated-witness-absent", ["quorum absent"], "bad", policy="witness-absent", verdict=unknown, **more)
    ask("rotated-none", ["quorum none"], "bad", policy="none", verdict=unknown, **more)
    early = keys_ledger()
    early.identity = early.pinned
    head = shelf.book.file("bundle/known-head-of-rotated-witnessed-5.note", early.checkpoint(5))
    late = shelf.book.file("bundle/known-head-of-rotated-witnessed-late.note", early.checkpoint(9))
    ask(
        "rotated-beside-an-early-known-head",
        ["quorum witness"],
        "good",
        policy="one-witness",
        verdict=holds,
        known_head=head,
        **more,
    )
    ask(
        "rotated-beside-a-known-head-of-the-identity-before",
        ["quorum witness"],
        "bad",
        policy="one-witness",
        verdict=unknown,
        known_head=late,
        **more,
    )


def _fresh(shelf, ask, raw, three, other):
    """Freshness: on whose word, how old, and how far ahead."""
    fresh = dict(integrity="holds", custody="holds", freshness="holds")
    stale, unknown = dict(fresh, freshness="broken"), dict(fresh, freshness="can't be answered")

    def of(name, quorum, age, answer, bundle=raw, **rest):
        verdict, exits = {"good": (fresh, (0,)), "stale": (stale, (1,)), "unknown": (unknown, (4,))}[answer]
        result = "good" if answer == "good" else "bad"
        more = dict(dict(max_age=age, require=["freshness"]), **rest)
        ask(f"fresh-{name}", quorum, result, bundle=bundle, verdict=verdict, exits=exits, **more)

    one, absent = dict(policy="one-witness"), dict(policy="witness-absent")
    # The witness signed 30 s ago, the operator 40.
    of("by-a-witness", ["quorum witness"], 30, "good", **one)
    of("by-a-witness-stale", ["quorum witness"], 29, "stale", **one)
    of("by-an-absent-witness", ["quorum absent"], 1000, "unknown", **absent)
    of("by-another-log", [*other, "quorum witness"], 1000, "unknown", policy="of-another-log")
    of("by-the-operator-as-witness", ["quorum own"], 1000, "unknown", policy="own-key-as-witness")
    of("by-nobody-is-by-the-operator", ["quorum none"], 40, "good", policy="none")
    of("by-nobody-is-by-the-operator-stale", ["quorum none"], 39, "stale", policy="none")
    # Of three who signed 90, 30 and 10 s ago.
    for wanted, age in ((1, 10), (2, 30), (3, 90)):
        quorum = [f"group some {wanted} early late witness", "quorum some"]
        more = dict(bundle=three, policy=f"{wanted}-of-three")
        of(f"by-{wanted}-of-three", quorum, age, "good", **more)
        of(f"by-{wanted}-of-three-stale", quorum, age - 1, "stale", **more)
    quorum = ["group some any early late", "group both all some witness", "quorum both"]
    of("by-groups-of-groups", quorum, 30, "good", bundle=three, policy="groups")
    of("by-groups-of-groups-stale", quorum, 29, "stale", bundle=three, policy="groups")
    for name, seconds, answer in (("300", 70 - 300, "good"), ("301", 70 - 301, "stale")):
        of(f"by-a-witness-{name}-s-ahead", ["quorum witness"], 10, answer, now=SECONDS + seconds, **one)
    for seconds, result, verdict in ((300, "good", fresh), (301, "bad", stale)):
        exits, now = ((0,) if result == "good" else (1,)), SECONDS + 60 - seconds
        more = dict(max_age=10, require=["freshness"], now=now, section="9")
        shelf.asked(f"whole-fresh-{seconds}-s-ahead", "whole", verdict, exits, **more)
    end = small_ledger()
    last = signature_line("witness.example.com/w1", note.TIMESTAMPED, Key("witness"), end.text(), 2**63 - 1)
    end = tar(bundle_files(end, shelf.page, checkpoint=end.checkpoint() + last.encode()))
    of("by-a-witness-at-the-end-of-time", ["quorum witness"], 10, "stale", bundle=end, **one)
    now = dict(now=SECONDS + 60, section="9", require=["freshness"])
    shelf.asked("whole-fresh-at-this-very-second", "whole", fresh, (0,), max_age=0, **now)
    shelf.asked("whole-fresh-ahead-of-no-age", "whole", fresh, (0,), max_age=0, **dict(now, now=SECONDS + 1))
