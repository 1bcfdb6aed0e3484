"""What can be wrong with evidence."""


class Malformed(Exception):
    """Bytes that are not in the form the page gives them."""


class Refused(Exception):
    """Well-formed evidence whose parts do not hold together."""


class Usage(Exception):
    """The user's own input (key, known head) can't be read."""


class Undecided(Exception):
    """Evidence with nothing wrong, and an identity key of a type that is not known here: (type, record) pairs."""

    def __str__(self):
        return "; ".join(f"an identity key of type 0x{kind:02x}, record {seq}" for kind, seq in self.args)


class NotChecked(Exception):
    """A compressed zstd block, and no module to read it with."""
