"""What can be wrong with evidence."""


class Malformed(Exception):
    """Bytes that are not in the form the page gives them."""


class Refused(Exception):
    """Well-formed evidence whose parts do not hold together."""


class Usage(Exception):
    """The user's own input (key, known head) can't be read."""
