"""SHA-256 of files, by which everything that goe keeps can be checked."""

from __future__ import annotations

import hashlib
from pathlib import Path


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksums(folder: Path, *, but: str) -> dict[str, str]:
    """SHA-256 of every file below a folder except the one named `but`, by relative path."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / but)
    return {p.relative_to(folder).as_posix(): sha256(p) for p in files}


def sha256_text(*parts: str) -> str:
    """SHA-256 of pieces of text, in hex, as if each were a line."""
    return hashlib.sha256("".join(f"{part}\n" for part in parts).encode()).hexdigest()
