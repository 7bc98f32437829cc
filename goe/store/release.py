"""A release on disk: an immutable folder with one table and a signed manifest.

    frequencies.parquet   one row per variant and population, in genome order
    manifest.json         signed: what was counted, and the SHA-256 of every file

A population without a row at a variant is not callable there (or, where the disclosure class has a floor, hidden). A column is
null where there is no number to show. The table is written the same way every time, so equal counts give equal bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from goe.errors import Conflict, Damaged, NotFound
from goe.rules.frequencies import PopulationFrequency
from goe.rules.words import State
from goe.store.checksums import sha256
from goe.store.folders import unfinished

TABLE = "frequencies.parquet"
MANIFEST = "manifest.json"
NATIONS = "nations"  # folder in Europe's release with the parts that it was added up from
NATION_MANIFEST = "release-manifest"  # types of the signed documents
CLINICAL_MANIFEST = "clinical-release-manifest"  # another type, so that nobody takes it for a nation's reference
EUROPE_MANIFEST = "europe-release-manifest"
KEY = ("contig", "position", "reference", "alternate")
COUNTS = ("allele_number", "allele_count", "heterozygote_count", "homozygote_count", "hemizygote_count")
VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,3}")
"""What a release may be called."""

_ROWS = 50_000  # rows of a row group, so that a look-up reads few of them

SCHEMA = pa.schema(
    [
        ("contig", pa.int8()),
        ("position", pa.int32()),
        ("reference", pa.string()),
        ("alternate", pa.string()),
        ("rsid", pa.string()),
        ("filter", pa.dictionary(pa.int16(), pa.string())),
        ("population", pa.dictionary(pa.int16(), pa.string())),
        ("state", pa.dictionary(pa.int16(), pa.string())),
        *((name, pa.int32()) for name in COUNTS),
        ("faf95", pa.float64()),
        ("bound", pa.int32()),
    ]
)


def write_table(path: Path, table: pa.Table) -> None:
    """Write a frequency table, sorted by variant and population."""
    plain = table.select(SCHEMA.names).sort_by([(name, "ascending") for name in (*KEY, "population")])
    columns = [
        plain[name].cast(pa.string()) if pa.types.is_dictionary(SCHEMA.field(name).type) else plain[name]
        for name in SCHEMA.names
    ]
    encoded = pa.table(columns, names=SCHEMA.names).combine_chunks().cast(SCHEMA)
    pq.write_table(encoded, path, compression="zstd", row_group_size=_ROWS, write_statistics=True)


@contextmanager
def _reading(path: Path) -> Iterator[pq.ParquetFile]:
    """A table opened for reading. Raises Damaged where the file is missing or cannot be read."""
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except FileNotFoundError:
        raise Damaged("the table is missing", where=str(path), remedy="restore it from a copy") from None
    except (pa.ArrowException, OSError, KeyError) as error:
        raise Damaged(
            "the table cannot be read", expected="Parquet", where=str(path), remedy="restore it from a copy"
        ) from error


def read_table(path: Path) -> pa.Table:
    """The whole table, with plain strings. Raises Damaged."""
    with _reading(path) as file:
        table = file.read().select(SCHEMA.names)
    for place, field in enumerate(SCHEMA):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(place, field.name, table[field.name].cast(pa.string()))
    return table


def read_site(path: Path, contig: int, position: int) -> list[dict[str, Any]]:
    """Every row at one position, as dictionaries; only row groups that may have some are read. Raises Damaged."""
    with _reading(path) as file:
        groups = [i for i in range(file.num_row_groups) if _may_have(file.metadata.row_group(i), contig, position)]
        table = file.read_row_groups(groups).select(SCHEMA.names)
    here = pc.and_(pc.equal(table["contig"], contig), pc.equal(table["position"], position))
    rows: list[dict[str, Any]] = table.filter(here).to_pylist()
    return rows


def _may_have(group: Any, contig: int, position: int) -> bool:
    """Whether a row group, by its statistics, may have rows at a position; the table is sorted by both columns."""
    contigs, positions = (group.column(SCHEMA.get_field_index(name)).statistics for name in ("contig", "position"))
    if contigs is None or positions is None:
        return True
    inside = bool(positions.min <= position <= positions.max)
    return bool(contigs.min <= contig <= contigs.max) and (inside or contigs.min != contigs.max)


def find_rsid(path: Path, rsid: str) -> list[tuple[int, int, str, str]]:
    """The variants that carry an rsID, as (contig, position, reference, alternate). Raises Damaged."""
    with _reading(path) as file:
        table = file.read(columns=[*KEY, "rsid"])
        rows = table.filter(pc.equal(table["rsid"], rsid)).to_pylist()
    return sorted({tuple(row[k] for k in KEY) for row in rows})


def population_frequency(row: Mapping[str, Any]) -> PopulationFrequency:
    """One row of the table as a record."""
    numbers = {name: row[name] for name in (*COUNTS, "faf95", "bound")}
    return PopulationFrequency(row["population"], State(row["state"]), **numbers)


def plain_states(allele_count: NDArray[Any], allele_number: NDArray[Any]) -> pa.Array:
    """The state of each cell before anything is hidden, from (variants,) counts."""
    state = np.where(allele_number == 0, State.NOT_CALLABLE, np.where(allele_count == 0, State.OBSERVED_ZERO, State.VALUE))
    return pa.array(state.astype(object), pa.string())


def version_order(version: str) -> tuple[int, ...]:
    """By which releases are sorted: 2026.9 comes before 2026.10."""
    return tuple(int(part) for part in version.split("."))


class Releases:
    """The folder `releases` of a node or hub: `<assembly>/<version>/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def versions(self, assembly: str) -> list[str]:
        """Versions of an assembly, oldest first."""
        found = [p.name for p in (self.folder / assembly).glob("[!.]*/") if (p / MANIFEST).is_file()]
        return sorted(filter(VERSION.fullmatch, found), key=version_order)

    def assemblies(self) -> list[str]:
        """Assemblies that have a release."""
        return sorted(p.name for p in self.folder.glob("[!.]*/") if self.versions(p.name))

    def path(self, assembly: str, version: str) -> Path:
        """The folder of a release. Raises NotFound where there is none."""
        folder = self.folder / assembly / version
        if not (folder / MANIFEST).is_file():
            known = ", ".join(f"{a} {v}" for a in self.assemblies() for v in self.versions(a)) or "none yet"
            raise NotFound(f"there is no release {assembly} {version}", expected=f"one of: {known}", where=str(self.folder))
        return folder

    @contextmanager
    def writing(self, assembly: str, version: str) -> Iterator[Path]:
        """A folder to write a release into; it takes its place when the body ends well. Raises Conflict for an existing one."""
        place = self.folder / assembly / version
        if place.exists():
            raise Conflict(
                f"release {assembly} {version} exists and cannot be changed",
                where=str(place),
                remedy="choose another --version",
            )
        with unfinished(place.parent, version) as folder:
            yield folder
            folder.chmod(0o755)
            folder.rename(place)


def read_document(path: Path) -> dict[str, Any]:
    """A JSON document. Raises NotFound or Damaged."""
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise NotFound("the document is missing", where=str(path)) from None
    except (ValueError, RecursionError) as error:
        raise Damaged("the document is not JSON", where=str(path), remedy="restore it from a copy") from error
    if not isinstance(found, dict):
        raise Damaged("the document is not a JSON object", where=str(path), remedy="restore it from a copy")
    return found


def read_body(path: Path) -> dict[str, Any]:
    """The body of a signed document, unverified. Raises NotFound, or Damaged where it is no object."""
    body = read_document(path).get("body")
    if not isinstance(body, dict):
        raise Damaged("the body of the document is not a JSON object", where=str(path), remedy="restore it from a copy")
    return body


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON document for people and machines: sorted and indented."""
    path.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def file_list(folder: Path, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Size and SHA-256 of files, for a manifest."""
    return {name: {"bytes": (folder / name).stat().st_size, "sha256": sha256(folder / name)} for name in names}


def file_faults(folder: Path, expected: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Files that are missing or not as the manifest says."""
    faults = []
    for name, said in expected.items():
        path = folder / name
        if not path.is_file():
            faults.append(f"{name} is missing")
        elif sha256(path) != said["sha256"]:
            faults.append(f"{name} was changed: its SHA-256 is not the one in the manifest")
    return faults
