"""Which reader a file of participants needs: a table, phenopackets, or a folder of OMOP tables."""

from __future__ import annotations

from pathlib import Path

from goe.errors import BadInput
from goe.store.arrivals import Context, Source
from goe.store.formats.mapping import Mapped
from goe.store.formats.omop import is_omop, open_omop
from goe.store.formats.participants import open_table
from goe.store.formats.phenopacket import is_phenopackets, open_phenopackets


def open_source(path: Path, context: Context, mapped: Mapped) -> Source:
    """A file or folder as a source of rows. Raises BadInput where it is none of the formats."""
    if is_phenopackets(path):
        return open_phenopackets(path, context)
    if is_omop(path):
        return open_omop(path, context)
    if path.is_dir():
        raise BadInput(
            "the folder holds no format that is known", expected="phenopackets (*.json) or OMOP's person.csv", where=str(path)
        )
    return open_table(path, context, mapped)
