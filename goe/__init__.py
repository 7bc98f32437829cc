"""Genome of Europe: a national node, and the crosslink between nations."""

from __future__ import annotations

__version__ = "0.1.0"
