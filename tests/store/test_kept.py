"""Values of people that stay at their node: kept whole, under a name used once, told by a receipt that gives nothing away."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from goe.errors import BadInput, Conflict, Damaged, NotFound
from goe.pooling import ByPerson
from goe.store.kept import KeptValues

SECRET = bytes(range(32))
PEOPLE = np.array(["GOE-FI-SUBJECT-1", "GOE-FI-SUBJECT-2", "GOE-FI-SUBJECT-3"], dtype=object)


def scores(shift: float = 0.0) -> ByPerson:
    return ByPerson(PEOPLE, {"score": np.array([0.1, -2.5, 1e-12]) + shift, "alleles": np.array([7, 8, 9])})


def test_kept__is_read_again_by_its_receipt(tmp_path: Path) -> None:
    keep = KeptValues(tmp_path / "kept", SECRET)
    receipt = keep("axes", scores())
    path = tmp_path / "kept" / "axes" / "values.parquet"
    assert (receipt.name, receipt.people) == ("axes", 3)
    assert receipt.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    found = keep.read(receipt)
    assert list(found.person) == list(PEOPLE)
    assert found.values["score"].tobytes() == scores().values["score"].tobytes()
    assert pq.read_table(path).to_pydict()["alleles"] == [7, 8, 9]
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0


def test_a_name__is_used_once(tmp_path: Path) -> None:
    keep = KeptValues(tmp_path, SECRET)
    receipt = keep("axes", scores())
    assert keep("axes", scores()) == receipt
    with pytest.raises(Conflict, match="another name"):
        keep("axes", scores(1.0))
    assert keep.read(receipt).values["score"][0] == 0.1
    assert [p.name for p in tmp_path.iterdir()] == ["axes"], "nothing unfinished is left"


@pytest.mark.parametrize("name", ["", "../out", "a/b", ".hidden", "x" * 101, "a b"])
def test_a_name__is_not_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput):
        KeptValues(tmp_path / "kept", SECRET)(name, scores())
    assert list(tmp_path.iterdir()) == []


def test_values_that_changed__are_found(tmp_path: Path) -> None:
    keep = KeptValues(tmp_path, SECRET)
    receipt = keep("axes", scores())
    path = tmp_path / "axes" / "values.parquet"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(Damaged):
        keep.read(receipt)
    with pytest.raises(NotFound):
        keep.receipt("other")


def test_a_receipt__cannot_be_guessed_without_the_secret(tmp_path: Path) -> None:
    """Who knows every value still cannot make the digest; the node itself makes the same one again."""
    one = KeptValues(tmp_path / "one", SECRET)("axes", scores())
    assert KeptValues(tmp_path / "two", SECRET)("axes", scores()) == one
    assert KeptValues(tmp_path / "three", bytes(32))("axes", scores()).sha256 != one.sha256


def test_people__are_forgotten_everywhere(tmp_path: Path) -> None:
    keep = KeptValues(tmp_path, SECRET)
    old, other = keep("axes", scores()), keep("other", ByPerson(PEOPLE[:1], {"score": np.array([1.0])}))
    (new,) = keep.forget(["GOE-FI-SUBJECT-2", "GOE-FI-SUBJECT-9"])
    assert (new.name, new.people) == ("axes", 2) and new.sha256 != old.sha256
    assert list(keep.read(new).person) == ["GOE-FI-SUBJECT-1", "GOE-FI-SUBJECT-3"]
    assert b"SUBJECT-2" not in (tmp_path / "axes" / "values.parquet").read_bytes()
    assert keep.receipt("other") == other
    with pytest.raises(Damaged):
        keep.read(old)
