"""Bundles as the index holds them: good ones as files, bad ones as edits of a good one."""

import difflib
import hashlib

from stranger import archive, cbor

from .ledger import SECONDS, bundle_files, tar

BLOCK = archive.BLOCK
NOW = SECONDS + 100


def edits(base, other):
    """What turns base into other: [{at, remove, insert}], offsets in base, ascending."""
    cut = [[raw[at : at + BLOCK] for at in range(0, len(raw), BLOCK)] for raw in (base, other)]
    found = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, *cut, autojunk=False).get_opcodes():
        if tag != "equal":
            found += _narrow(i1 * BLOCK, base[i1 * BLOCK : i2 * BLOCK], other[j1 * BLOCK : j2 * BLOCK])
    return found


def _narrow(at, old, new):
    """Drops what both sides share at the ends; cuts equal-length sides into runs."""
    if len(old) == len(new):
        runs, last = [], None
        for place in range(len(old)):
            if old[place] == new[place]:
                continue
            if last is None or place - last > 24:
                runs.append([place, place + 1])
            runs[-1][1] = place + 1
            last = place
        return [dict(at=at + start, remove=end - start, insert=new[start:end].hex()) for start, end in runs]
    return [dict(at=at, remove=len(old), insert=new.hex())]


class Shelf:
    """Good bundles to build bad ones on."""

    def __init__(self, book, page):
        self.book, self.page = book, page
        self.bases = {}

    def good(self, name, ledger, raw=None, verdict=None, exits=(0,), **rest):
        """A good bundle, stored as a file."""
        whole = rest.pop("whole", True)
        raw = raw or tar(bundle_files(ledger, self.page, rest.pop("start", 0), rest.pop("end", None), whole))
        kind = "bundle-whole" if whole else "bundle-range"
        file = self.book.file(f"bundle/good-{name}.tar", raw)
        self.bases[name] = kind, file, raw, ledger
        self._add(
            "good",
            name,
            kind,
            dict(file=file),
            raw,
            ledger,
            verdict or dict(integrity="holds", custody="holds"),
            exits,
            rest,
        )

    def _add(self, result, name, kind, source, raw, ledger, verdict, exits, rest):
        rest = {"form": "tar", **{key: value for key, value in rest.items() if value is not None}}
        self.book.add(
            kind,
            result,
            name,
            rest.pop("section", "8"),
            **source,
            sha256=hashlib.sha256(raw).hexdigest(),
            key=ledger.vkey().text(),
            now=rest.pop("now", NOW),
            verdict=verdict,
            exit=list(exits),
            **rest,
        )

    def edited(self, result, name, base, raw, verdict=None, exits=(1,), **rest):
        """A bundle stored as edits of a good one."""
        kind, file, held, ledger = self.bases[base]
        self._add(
            result,
            name,
            kind,
            dict(base=file, edits=edits(held, raw)),
            raw,
            ledger,
            verdict or dict(integrity="broken"),
            exits,
            rest,
        )

    def asked(self, name, base, verdict, exits, **rest):
        """A good bundle, asked another question."""
        kind, file, raw, ledger = self.bases[base]
        result = "good" if 0 in exits else "bad"
        self._add(result, name, kind, dict(file=file), raw, ledger, verdict, exits, rest)


def put(files, **changes):
    """Files with some replaced; `headers_000` stands for `headers/000`."""
    names = {name.replace("/", "_").replace("-", "_").replace(".", "_"): name for name in files}
    return {**files, **{names[key]: value for key, value in changes.items()}}


def chunk_files(records):
    """The three files of chunk 0 made of these records."""
    return dict(
        headers_000=b"".join(item.raw() for item in records),
        bodies_000=b"".join(cbor.encode(item.body) for item in records),
        payloads_000=b"".join(cbor.encode(item.payload) for item in records),
    )
