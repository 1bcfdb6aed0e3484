"""The attacks, by what they abuse. Each module adds its own to the list."""

from . import bodies, connections, contents, control, headers, invalid, names, resets, streams, unread

__all__ = [
    "bodies",
    "connections",
    "contents",
    "control",
    "headers",
    "invalid",
    "names",
    "resets",
    "streams",
    "unread",
]
