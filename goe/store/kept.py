"""Values of single people that stay at their node (scores, places on the axes): `kept/<name>/values.parquet`.

A name is used once: what is kept under it never changes, but that people are taken out. The receipt has the SHA-256 of the
file. So that nobody can guess values from it, the file holds a nonce, made with a secret of the node.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from goe.errors import BadInput, Conflict, Damaged, NotFound
from goe.pooling import ByPerson, Kept
from goe.store.checksums import sha256
from goe.store.folders import unfinished

FILE = "values.parquet"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class KeptValues:
    """The folder `kept` of a node. It is a `pooling.Keeper`: called with a name and values, it stores them."""

    def __init__(self, folder: Path, secret: bytes) -> None:
        self._folder, self._secret = folder, secret

    def __call__(self, name: str, values: ByPerson) -> Kept:
        """Keep values, whole or not at all; the same again is the same receipt. Raises Conflict where others are kept so."""
        place = self._place(name)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with unfinished(self._folder, name) as written:
            self._write(values, written / FILE)
            if not place.parent.exists():
                written.rename(place.parent)
            elif sha256(place) != sha256(written / FILE):
                raise Conflict("other values are kept under this name", where=str(place), remedy="choose another name")
        return self.receipt(name)

    def receipt(self, name: str) -> Kept:
        """The receipt of what is kept now. Raises NotFound."""
        place = self._there(name)
        return Kept(name, int(pq.read_metadata(place).num_rows), sha256(place))

    def read(self, receipt: Kept) -> ByPerson:
        """The values of a receipt. Raises NotFound, and Damaged where they are not those of which the receipt speaks."""
        place = self._there(receipt.name)
        if sha256(place) != receipt.sha256:
            raise Damaged("the values are not those of the receipt", where=str(place), remedy="compute them again")
        return _read(place)

    def forget(self, people: Collection[str]) -> tuple[Kept, ...]:
        """Take people out of everything that is kept, each file in one step; the new receipts of what had them."""
        changed = []
        for place in sorted(self._folder.glob(f"*/{FILE}")):
            kept = _read(place)
            stays = ~np.isin(kept.person, list(people))
            if not stays.all():
                with unfinished(self._folder, place.parent.name) as written:
                    self._write(ByPerson(kept.person[stays], {k: v[stays] for k, v in kept.values.items()}), written / FILE)
                    (written / FILE).replace(place)
                changed.append(self.receipt(place.parent.name))
        return tuple(changed)

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise BadInput(f"{name[:60]!r} is no name for values", expected="up to 100 letters, digits, '.', '_' and '-'")
        return self._folder / name / FILE

    def _there(self, name: str) -> Path:
        place = self._place(name)
        if not place.is_file():
            raise NotFound("nothing is kept under this name", where=str(place.parent))
        return place

    def _write(self, values: ByPerson, path: Path) -> None:
        table = pa.table({"person": pa.array(values.person, pa.string()), **{k: pa.array(v) for k, v in values.values.items()}})
        content = hashlib.sha256()
        for column in (values.person.astype(str), *values.values.values()):
            content.update(np.ascontiguousarray(column).tobytes())
        nonce = hmac.new(self._secret, content.digest(), hashlib.sha256).hexdigest()
        pq.write_table(table.replace_schema_metadata({"nonce": nonce}), path, compression="zstd")


def _read(path: Path) -> ByPerson:
    table = pq.read_table(path)
    names = [name for name in table.column_names if name != "person"]
    return ByPerson(np.asarray(table["person"], dtype=object), {name: np.asarray(table[name]) for name in names})
