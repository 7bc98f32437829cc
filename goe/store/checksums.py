"""SHA-256 of files, by which everything that goe keeps can be checked."""

from __future__ import annotations

import hashlib
from pathlib import Path

from goe.store.places import Place

_PART = 1 << 24  # bytes read at a time


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksums(where: Place, *, but: str) -> dict[str, str]:
    """SHA-256 of every file below a place except the one named `but`, by relative path; files are read in parts."""
    return {name: _sha256(where, name) for name in where.files() if name != but}


def _sha256(where: Place, name: str) -> str:
    found, size = hashlib.sha256(), where.size(name)
    for start in range(0, size, _PART):
        found.update(where.read(name, start, min(start + _PART, size)))
    return found.hexdigest()


def sha256_text(*parts: str) -> str:
    """SHA-256 of pieces of text, in hex, as if each were a line."""
    return hashlib.sha256("".join(f"{part}\n" for part in parts).encode()).hexdigest()
