"""Vectors of section 9: good bundles asked for completeness and freshness."""

from stranger import note

from .bundle_forms import tiles_ledger
from .encoding import ORIGIN, small_ledger
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


def _witnesses(shelf, small, complete, open_):
    """Policies over a checkpoint that one witness cosigned."""
    text, keys = small.text(), {name: Key(name) for name in ("witness", "absent")}
    names = {name: f"{name}.example.com/w1" for name in keys}
    vkeys = {name: note.VerifierKey(names[name], note.TIMESTAMPED, key.public).text() for name, key in keys.items()}
    vkeys["own"] = note.VerifierKey(ORIGIN, note.TIMESTAMPED, small.identity.public).text()
    signed = (
        small.checkpoint()
        + signature_line(names["witness"], note.TIMESTAMPED, keys["witness"], text, SECONDS + 70).encode()
    )
    raw = tar(bundle_files(small, shelf.page, checkpoint=signed))
    moved = signature_line(names["witness"], note.TIMESTAMPED, keys["witness"], small.text(5), SECONDS + 70)
    forged = tar(bundle_files(small, shelf.page, checkpoint=small.checkpoint() + moved.encode()))

    def ask(name, quorum, result, bundle=raw):
        lines = [f"witness {label} {vkey}" for label, vkey in vkeys.items()] + quorum
        policy = shelf.book.file(f"bundle/policy-{name}.txt", "\n".join([*lines, ""]).encode())
        verdict, exits = (complete, (0,)) if result == "good" else (open_, (4,))
        shelf.edited(
            result,
            f"whole-policy-{name}",
            "whole",
            bundle,
            verdict,
            exits,
            policy=policy,
            require=["completeness"],
            section="9",
        )

    ask("one-witness", ["quorum witness"], "good")
    ask("any-of-two", ["group two any witness absent", "quorum two"], "good")
    ask("all-of-two-and-one-absent", ["group two all witness absent", "quorum two"], "bad")
    ask("witness-absent", ["quorum absent"], "bad")
    ask("own-key-as-witness", ["quorum own"], "bad")
    ask("cosignature-of-another-checkpoint", ["quorum witness"], "bad", forged)
