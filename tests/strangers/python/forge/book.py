"""The index of vectors: files are written and entries checked as they come."""

import json
import os
import shutil


class Book:
    """Collects vectors; a name is used once."""

    def __init__(self, folder):
        self.folder = folder
        self.vectors = []
        self.names = set()

    def clear(self):
        """Removes what an earlier run wrote."""
        for name in os.listdir(self.folder):
            path = os.path.join(self.folder, name)
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif name == "index.json":
                os.remove(path)

    def file(self, name, content):
        """Writes a file below the folder and returns its relative name."""
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.exists(path):
            raise ValueError(f"{name} is written twice")
        with open(path, "wb") as out:
            out.write(content)
        return name

    def add(self, kind, result, name, section, **rest):
        """An entry of the index."""
        full = f"{kind}/{result}-{name}"
        if full in self.names or result not in ("good", "bad"):
            raise ValueError(f"{full}: doubled, or neither good nor bad")
        self.names.add(full)
        self.vectors.append(dict(name=full, kind=kind, result=result, section=section, **rest))

    def bytes(self, kind, result, name, section, content, ending="cbor", **rest):
        """An entry whose input is one file."""
        self.add(kind, result, name, section, file=self.file(f"{kind}/{result}-{name}.{ending}", content), **rest)

    def close(self):
        """Writes index.json."""
        with open(os.path.join(self.folder, "index.json"), "w", encoding="utf-8") as out:
            json.dump(
                dict(format="indelible-vectors", version=0, draft=2, vectors=self.vectors),
                out,
                indent=1,
                ensure_ascii=True,
            )
            out.write("\n")
