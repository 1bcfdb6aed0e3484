"""C2SP tlog-policy: which witnesses must have cosigned a checkpoint."""

from . import note
from .errors import Refused, Usage


class Policy:
    """Witnesses by name, groups, and the quorum."""

    def __init__(self, raw):
        self.witnesses, self.groups, self.quorum, self.logs = {}, {}, None, []
        if raw and not raw.endswith(b"\n"):
            raise Usage("policy: the last line is not ended by a newline")
        if any(byte < 0x20 and byte not in (0x09, 0x0A) or byte == 0x7F for byte in raw):
            raise Usage("policy: a control character")
        for row in raw.split(b"\n"):
            words = [word.decode("latin-1") for word in row.replace(b"\t", b" ").split(b" ") if word]
            if words and not words[0].startswith("#"):
                self._line(words)
        if self.quorum is None:
            raise Usage("policy: no quorum line")

    def _line(self, words):
        kind, rest = words[0], words[1:]
        if kind == "log" and 1 <= len(rest) <= 2:
            self.logs.append(note.VerifierKey.parse(rest[0]))
        elif kind == "witness" and 2 <= len(rest) <= 3:
            key = note.VerifierKey.parse(rest[1])
            if key.kind != note.TIMESTAMPED or any(key.public == other.public for other in self.witnesses.values()):
                raise Usage("policy: a witness key is doubled, or not of type 0x04")
            self._new(rest[0])
            self.witnesses[rest[0]] = key
        elif kind == "group" and len(rest) >= 3:
            self._group(*rest[:2], rest[2:])
        elif (
            kind == "quorum" and len(rest) == 1 and self.quorum is None and (rest[0] == "none" or self._known(rest[0]))
        ):
            self.quorum = rest[0]
        else:
            raise Usage(f"policy: can't read the line {' '.join(words)!r}")

    def _new(self, name):
        if name == "none" or self._known(name):
            raise Usage(f"policy: the name {name!r} is taken")

    def _known(self, name):
        return name in self.witnesses or name in self.groups

    def _group(self, name, threshold, members):
        self._new(name)
        taken = [member for _, group in self.groups.values() for member in group]
        if len(set(members)) != len(members) or any(not self._known(member) or member in taken for member in members):
            raise Usage(f"policy: group {name!r} has a member that is unknown, or listed before")
        named = {"all": len(members), "any": 1}
        if threshold not in named and not (threshold.isascii() and threshold.isdigit()):
            raise Usage(f"policy: group {name!r} has no threshold")
        wanted = named.get(threshold) or int(threshold)
        if not 1 <= wanted <= len(members):
            raise Usage(f"policy: group {name!r} can't be satisfied")
        self.groups[name] = wanted, members

    def is_of(self, pinned):
        """Whether the policy is about this ledger, or about any."""
        return not self.logs or pinned in self.logs

    def time_of_quorum(self, signed, own_keys):
        """The greatest time such that those who cosigned then or later are a quorum, or None.

        Keys of the ledger's own history don't count."""
        times = {name: _cosigned(signed, key) for name, key in self.witnesses.items() if key.public not in own_keys}
        for time in sorted({time for time in times.values() if time is not None}, reverse=True):
            seen = {name for name, found in times.items() if found is not None and found >= time}
            if self.quorum != "none" and self._witnessed(self.quorum, seen):
                return time
        return None

    def _witnessed(self, name, seen):
        if name in self.witnesses:
            return name in seen
        wanted, members = self.groups[name]
        return sum(self._witnessed(member, seen) for member in members) >= wanted


def _cosigned(signed, key):
    """When this witness signed, by a line that verifies, or None."""
    times = []
    for line in signed.lines:
        if line.is_of(key.name, key.kind, key.public):
            try:
                times.append(note.check_timestamped(signed, line, key.public))
            except Refused:
                continue
    return max(times, default=None)
