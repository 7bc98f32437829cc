"""Reading a list of sites: variant ids one a line, a table with chromosome, position and alleles, or the sites of a VCF."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

from goe.errors import BadInput
from goe.rules.variants import Variant, contig_length, parse_variant
from goe.rules.words import Assembly

_COLUMNS = {
    "chrom": "contig", "chr": "contig", "chromosome": "contig", "chr_name": "contig", "pos": "position",
    "position": "position", "chr_position": "position", "ref": "reference", "reference": "reference",
    "other_allele": "reference", "alt": "alternate", "alternate": "alternate", "effect_allele": "alternate",
}  # fmt: skip
_ORDER = ("contig", "position", "reference", "alternate")


def read_sites(path: Path, assembly: Assembly) -> list[Variant]:
    """The variants of a file in its order, trimmed to the minimal form, each alternate allele on its own.

    A table may have a heading (`chrom pos ref alt` in any order, further columns are passed over); without one these are its
    first four columns. Raises BadInput with the line.
    """
    found = [variant for where, text in _entries(path) for variant in _variants(text, assembly, where)]
    if not found:
        raise BadInput("the file has no sites", expected="a variant a line", where=str(path))
    return found


def _entries(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Where each site stands, and its id, or its chromosome, position, reference and alternate alleles."""
    place, columns = str(path), list(range(4))
    opener = gzip.open if path.suffix in (".gz", ".bgz") else open
    vcf = ".vcf" in path.suffixes
    try:
        with opener(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                cells = line.split()
                if not cells or line.startswith("##"):
                    continue
                if heading := _heading(cells):
                    columns = heading
                elif not line.startswith("#"):
                    wanted = [0, 1, 3, 4] if vcf else columns
                    yield f"{place} line {number}", [cells[i] for i in wanted] if len(cells) > max(wanted) else cells
    except (OSError, EOFError, UnicodeDecodeError, gzip.BadGzipFile) as error:
        raise BadInput("the file cannot be read", expected="text, or gzipped text", where=place) from error


def _heading(cells: list[str]) -> list[int]:
    """Which columns hold chromosome, position, reference and alternate, if this line names them all."""
    named = {_COLUMNS.get(cell.lower().lstrip("#")): i for i, cell in reversed(list(enumerate(cells)))}
    return [named[name] for name in _ORDER] if set(_ORDER) <= named.keys() else []


def _variants(cells: list[str], assembly: Assembly, where: str) -> Iterator[Variant]:
    if len(cells) not in (1, 4):
        raise BadInput(f"the line has {len(cells)} columns", expected="a variant id, or chrom pos ref alt", where=where)
    texts = cells if len(cells) == 1 else ["-".join([*cells[:3], allele]) for allele in cells[3].split(",") if allele != "*"]
    for text in texts:
        try:
            variant = parse_variant(text)
        except ValueError as error:
            raise BadInput(str(error), where=where) from None
        if variant.position + len(variant.reference) - 1 > contig_length(assembly, variant.contig):
            raise BadInput(f"the site lies behind the end of chromosome {variant.contig} of {assembly}", where=where)
        yield variant
