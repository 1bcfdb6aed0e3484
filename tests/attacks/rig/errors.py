"""What keeps a trial from being made."""


class NotRun(Exception):
    """Something that the rig itself needs failed: it says nothing about the daemon under attack."""
