"""Vectors of sections 3.4, 4 and 5: commitments, chain, tree, proofs, tile names."""

from stranger import archive, cbor, layout, merkle

from .encoding import ORIGIN, event_header, small_ledger
from .seeds import fixed

SIZES = [*range(21), 255, 256, 257, 4096]


def commitment_vectors(book):
    """Known answers."""
    cases = {
        "body-empty": (1, b""),
        "payload-empty": (2, b""),
        "body-minimal": (1, cbor.encode(dict(id="1", source="/door"))),
        "payload-same-bytes-as-body": (2, cbor.encode(dict(id="1", source="/door"))),
        "payload-3000-bytes": (2, bytes(range(250)) * 12),
        "sealed-body": (0x11, bytes(64)),
        "sealed-payload": (0x12, bytes(64)),
    }
    for name, (domain, content) in cases.items():
        salt = fixed("salt " + name.split("-")[-1])
        book.add(
            "commitment",
            "good",
            name,
            "3.4",
            salt=salt.hex(),
            domain=domain,
            bytes=content.hex(),
            commitment=merkle.commitment(salt, domain, content).hex(),
        )


def chain_vectors(book):
    """chain(-1) and onward, over arbitrary and over real headers."""
    ledger = small_ledger()
    raw = [item.raw() for item in ledger.records]
    for name, headers in {
        "of-a-ledger": raw,
        "of-one-event-header": [cbor.encode(event_header())],
        "of-nothing": [],
    }.items():
        chain, chains = merkle.chain_start(ORIGIN), []
        for header in headers:
            chain = merkle.chain_link(chain, header)
            chains.append(chain.hex())
        book.add(
            "chain",
            "good",
            name,
            "4",
            origin=ORIGIN,
            start=merkle.chain_start(ORIGIN).hex(),
            headers=[header.hex() for header in headers],
            chains=chains,
        )


def leaf_hashes(count):
    """Leaf hashes over made-up chain values: leaf i's data is 24 zero bytes and u64be(i)."""
    return [merkle.leaf(bytes(24) + index.to_bytes(8, "big")) for index in range(count)]


def tree_vectors(book):
    """Roots; the leaves follow from the rule in the README."""
    for size in SIZES:
        book.add("tree-root", "good", f"size-{size:04}", "5", size=size, root=merkle.root(leaf_hashes(size)).hex())


def flipped(raw):
    """One bit changed."""
    return bytes([raw[0] ^ 1]) + raw[1:]


def inclusion_vectors(book):
    """Inclusion proofs; `leaf` is the leaf hash."""
    for size in (1, 2, 3, 7, 8, 20, 257, 4096):
        leaves = leaf_hashes(size)
        for index in sorted({0, size // 3, size // 2, size - 1}):
            proof, root = merkle.inclusion(index, leaves), merkle.root(leaves)
            name = f"{index:04}-of-{size:04}"
            _inclusion(book, "good", name, index, size, leaves[index], proof, root)
    leaves = leaf_hashes(7)
    proof, root = merkle.inclusion(2, leaves), merkle.root(leaves)
    bad = {
        "index-changed": (3, 7, leaves[2], proof, root),
        "index-is-size": (7, 7, leaves[2], proof, root),
        "index-beyond-size": (9, 7, leaves[2], proof, root),
        "size-changed": (2, 9, leaves[2], proof, root),
        "size-0": (0, 0, leaves[2], [], root),
        "leaf-changed": (2, 7, flipped(leaves[2]), proof, root),
        "hash-changed": (2, 7, leaves[2], [proof[0], flipped(proof[1]), proof[2]], root),
        "hashes-swapped": (2, 7, leaves[2], [proof[1], proof[0], proof[2]], root),
        "hash-too-few": (2, 7, leaves[2], proof[:-1], root),
        "hash-too-many": (2, 7, leaves[2], [*proof, proof[0]], root),
        "empty": (2, 7, leaves[2], [], root),
        "root-changed": (2, 7, leaves[2], proof, flipped(root)),
        "one-record-with-a-hash": (0, 1, leaves[0], [leaves[0]], leaves[0]),
        "node-as-leaf": (
            1,
            4,
            merkle.node(leaves[2], leaves[3]),
            [merkle.node(leaves[0], leaves[1])],
            merkle.root(leaves[:4]),
        ),
    }
    for name, case in bad.items():
        _inclusion(book, "bad", name, *case)


def _inclusion(book, result, name, index, size, leaf, proof, root):
    book.add(
        "inclusion",
        result,
        name,
        "5",
        index=index,
        size=size,
        leaf=leaf.hex(),
        proof=[step.hex() for step in proof],
        root=root.hex(),
    )


def consistency_vectors(book):
    """Consistency proofs, 1 <= from <= to."""
    for start, end in (
        (1, 1),
        (1, 2),
        (2, 3),
        (3, 3),
        (3, 7),
        (4, 7),
        (4, 8),
        (6, 8),
        (7, 20),
        (16, 20),
        (20, 20),
        (255, 257),
        (256, 257),
        (256, 4096),
        (1000, 4096),
    ):
        leaves = leaf_hashes(end)
        _consistency(
            book,
            "good",
            f"{start:04}-to-{end:04}",
            start,
            end,
            merkle.root(leaves[:start]),
            merkle.root(leaves),
            merkle.consistency(start, leaves),
        )
    leaves = leaf_hashes(7)
    proof, old, new = merkle.consistency(3, leaves), merkle.root(leaves[:3]), merkle.root(leaves)
    bad = {
        "from-changed": (2, 7, old, new, proof),
        "to-changed": (3, 6, old, new, proof[:-1]),
        "from-0": (0, 7, old, new, []),
        "from-after-to": (7, 3, new, old, proof),
        "old-root-changed": (3, 7, flipped(old), new, proof),
        "new-root-changed": (3, 7, old, flipped(new), proof),
        "hash-changed": (3, 7, old, new, [flipped(proof[0]), *proof[1:]]),
        "hash-too-few": (3, 7, old, new, proof[:-1]),
        "hash-too-many": (3, 7, old, new, [*proof, proof[0]]),
        "empty": (3, 7, old, new, []),
        "same-size-other-root": (7, 7, new, flipped(new), []),
        "same-size-with-a-hash": (7, 7, new, new, [proof[0]]),
        "power-of-two-with-its-root-first": (
            4,
            7,
            merkle.root(leaves[:4]),
            new,
            [merkle.root(leaves[:4]), *merkle.consistency(4, leaves)],
        ),
    }
    for name, case in bad.items():
        _consistency(book, "bad", name, *case)


def _consistency(book, result, name, start, end, old, new, proof):
    book.add(
        "consistency",
        result,
        name,
        "5",
        **{
            "from": start,
            "to": end,
            "from_root": old.hex(),
            "to_root": new.hex(),
            "proof": [step.hex() for step in proof],
        },
    )


def cover_vectors(book):
    """What `left` and `right` of a range hold, as subtree sizes."""
    for start, end, size in (
        (0, 1, 1),
        (0, 5, 7),
        (1, 4, 4),
        (2, 3, 7),
        (5, 6, 300),
        (100, 260, 302),
        (256, 257, 1000),
        (4096, 5000, 10000),
        (7, 8, 2**40),
    ):
        book.add(
            "cover",
            "good",
            f"{start}-to-{end}-of-{size}",
            "8.6",
            **{
                "from": start,
                "to": end,
                "size": size,
                "left": merkle.left_widths(start),
                "right": merkle.right_widths(end, size),
            },
        )


def name_vectors(book):
    """Tile indices as paths, and the files of whole bundles by size."""
    for number in (0, 7, 999, 1000, 1234067, 999_999_999_999):
        book.add("tile-index", "good", str(number), "8.4", index=number, path=archive.index_path(number))
    for kind, start, end, size in (
        ("whole", 0, 2, 2),
        ("whole", 0, 255, 255),
        ("whole", 0, 256, 256),
        ("whole", 0, 257, 257),
        ("whole", 0, 4096, 4096),
        ("whole", 0, 4097, 4097),
        ("range", 4095, 4097, 5000),
        ("range", 5, 6, 9),
    ):
        manifest = {"kind": kind, "from": start, "to": end, "size": size}
        book.add(
            "file-names",
            "good",
            f"{kind}-{start}-to-{end}-of-{size}",
            "8.2",
            bundle_kind=kind,
            **{"from": start, "to": end, "size": size},
            names=list(layout.names(manifest)),
        )
