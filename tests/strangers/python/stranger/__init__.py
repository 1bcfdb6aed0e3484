"""Indelible evidence, read from docs/evidence-format.md alone."""
