"""FILTER of a variant that several tables list: one that fails anywhere fails; PASS only where all say so."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_RANK = {"PASS": "0", ".": "1"}  # "." says that no filter was applied


def ranked(filters: pa.ChunkedArray) -> pa.Array:
    """FILTER values such that their maximum is the worst of them; `plain` gives the values back."""
    text = filters.cast(pa.string()).fill_null(".")
    failing = pc.binary_join_element_wise(pa.scalar("2"), text, "")
    return pc.case_when(pc.make_struct(*(pc.equal(text, name) for name in _RANK)), *map(pa.scalar, _RANK.values()), failing)


def plain(rank: pa.ChunkedArray) -> pa.Array:
    """FILTER values from their ranks."""
    known = pc.make_struct(*(pc.equal(rank, number) for number in _RANK.values()))
    return pc.case_when(known, *map(pa.scalar, _RANK), pc.utf8_slice_codeunits(rank, 1))
