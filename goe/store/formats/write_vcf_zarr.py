"""Writing genotypes as VCF Zarr, in the layout of bio2zarr 0.2 (specification 0.5, Zarr format 2), which vcztools reads.

Source: Czech et al., GigaScience 2025 (VCF Zarr). Arrays are chunked by 1,000 variants and 10,000 samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.rules.variants import CONTIGS, contig_length
from goe.science.genotypes import Codes, Genotype
from goe.store.formats.write_vcf import SPELLING, Heading

VARIANTS_CHUNK, SAMPLES_CHUNK = 1_000, 10_000
_MISSING, _ABSENT = -1, -2
_NO_QUALITY = np.uint32(0x7F800001)  # the one NaN that means "missing", as in BCF


def _alleles(spelling: str) -> list[int]:
    found = [_MISSING if allele == "." else int(allele) for allele in spelling.replace("|", "/").split("/")]
    return found if len(found) == 2 else [*found, _ABSENT]


_ALLELES = np.array([_alleles(SPELLING[g]) for g in Genotype], dtype=np.int8)
_PHASED = np.array(["|" in SPELLING[g] or len(SPELLING[g]) == 1 for g in Genotype])  # one allele counts as phased there


def write_vcf_zarr(path: Path, heading: Heading, blocks: Iterable[Codes]) -> list[Path]:
    """Write a `.vcz` folder; `blocks` are (variants, samples) codes, in order. Returns its path."""
    import zarr

    group = zarr.open_group(str(path), mode="w", zarr_format=2)
    group.attrs.update(
        {
            "vcf_zarr_version": "0.5",
            "source": heading.software,
            "vcf_meta_information": [["fileformat", "VCFv4.3"], *map(list, heading.flags)],
        }
    )
    for name, (dimensions, values) in (_tables(heading) | _sites(heading)).items():
        _array(group, name, values.shape, values.dtype, dimensions)[:] = values
    _write_calls(group, heading, blocks)
    return [path]


def _array(group: Any, name: str, shape: tuple[int, ...], dtype: Any, dimensions: Sequence[str]) -> Any:
    """A new array of the group, with the names of its dimensions as xarray writes them."""
    from numcodecs import Blosc, VLenUTF8

    most = {"variants": VARIANTS_CHUNK, "samples": SAMPLES_CHUNK}
    chunks = tuple(max(1, min(size, most.get(d, size))) for size, d in zip(shape, dimensions, strict=True))
    text = np.dtype(dtype).kind == "O"
    return group.create_array(
        name,
        shape=shape,
        chunks=chunks,
        dtype=str if text else dtype,
        filters=[VLenUTF8()] if text else None,
        compressors=Blosc(cname="zstd", clevel=7, shuffle=Blosc.BITSHUFFLE if dtype == np.bool_ else Blosc.SHUFFLE),
        fill_value="" if text else 0,
        attributes={"_ARRAY_DIMENSIONS": list(dimensions)},
    )


Table = dict[str, tuple[tuple[str, ...], NDArray[Any]]]


def _tables(heading: Heading) -> Table:
    """Names of samples, chromosomes and filters."""
    lengths = np.array([contig_length(heading.assembly, name) for name in CONTIGS], dtype=np.int64)
    filters = ["PASS", *heading.filters]
    said = ["All filters passed", *("As in the file that was imported" for _ in heading.filters)]
    return {
        "sample_id": (("samples",), _text(heading.samples)),
        "contig_id": (("contigs",), _text(heading.contigs)),
        "contig_length": (("contigs",), lengths),
        "filter_id": (("filters",), _text(filters)),
        "filter_description": (("filters",), _text(said)),
    }


def _sites(heading: Heading) -> Table:
    """What is said of each variant."""
    variants = heading.variants
    reference, alternate, rsid = (variants[name].to_pylist() for name in ("reference", "alternate", "rsid"))
    contig = np.asarray(variants["contig"], dtype=np.int8)
    position = np.asarray(variants["position"], dtype=np.int32)
    length = np.array([len(text) for text in reference], dtype=np.int32)
    alleles = np.array([reference, ["" if a == "." else a for a in alternate]], dtype=object).T.reshape(-1, 2)
    unnamed = np.array([not name for name in rsid], dtype=np.bool_)
    filters = ["PASS", *heading.filters]
    failed = np.array(
        [[name in text.split(";") for name in filters] for text in variants["filter"].to_pylist()], dtype=np.bool_
    )
    return {
        "variant_contig": (("variants",), contig),
        "variant_position": (("variants",), position),
        "variant_length": (("variants",), length),
        "variant_allele": (("variants", "alleles"), alleles),
        "variant_id": (("variants",), _text([name or "." for name in rsid])),
        "variant_id_mask": (("variants",), unnamed),
        "variant_quality": (("variants",), np.full(len(position), _NO_QUALITY).view(np.float32)),
        "variant_filter": (("variants", "filters"), failed.reshape(-1, len(filters))),
        "region_index": (("region_index_values", "region_index_fields"), region_index(contig, position, length)),
    }


def region_index(contig: NDArray[Any], position: NDArray[Any], length: NDArray[Any]) -> NDArray[np.int32]:
    """(stretches, 6) chunk, contig, first position, last position, last base, variants: of each contig in each chunk."""
    chunk = np.arange(len(contig)) // VARIANTS_CHUNK
    edges = [*np.flatnonzero((np.diff(chunk, prepend=-1) != 0) | (np.diff(contig, prepend=-1) != 0)).tolist(), len(contig)]
    rows = [
        (chunk[a], contig[a], position[a], position[b - 1], (position[a:b] + length[a:b] - 1).max(), b - a)
        for a, b in pairwise(edges)
    ]
    return np.array(rows, dtype=np.int32).reshape(-1, 6)


def _text(values: Iterable[str]) -> NDArray[np.object_]:
    return np.array(list(values), dtype=object)


def _write_calls(group: Any, heading: Heading, blocks: Iterable[Codes]) -> None:
    """The calls, a chunk of variants at a time, so that each chunk is compressed once."""
    variants, samples = heading.variants.num_rows, len(heading.samples)
    calls = ("variants", "samples", "ploidy")
    genotype = _array(group, "call_genotype", (variants, samples, 2), np.int8, calls)
    mask = _array(group, "call_genotype_mask", (variants, samples, 2), np.bool_, calls)
    phased = _array(group, "call_genotype_phased", (variants, samples), np.bool_, calls[:2])
    first = 0
    for codes in _rechunked(blocks):
        here, alleles = slice(first, first + len(codes)), _ALLELES[codes]
        genotype[here], mask[here], phased[here] = alleles, alleles < 0, _PHASED[codes]
        first += len(codes)


def _rechunked(blocks: Iterable[Codes]) -> Iterable[Codes]:
    """The same rows in pieces of VARIANTS_CHUNK."""
    held: list[Codes] = []
    for codes in blocks:
        held.append(codes)
        while sum(map(len, held)) >= VARIANTS_CHUNK:
            together = np.concatenate(held)
            yield together[:VARIANTS_CHUNK]
            held = [together[VARIANTS_CHUNK:]]
    if rest := [codes for codes in held if len(codes)]:
        yield np.concatenate(rest)
