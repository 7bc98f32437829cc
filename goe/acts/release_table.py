"""The table of a release: counts of a population and its sexes at every variant, after the disclosure rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goe.acts.count import cohort
from goe.acts.products import Product
from goe.acts.setting import Node
from goe.analyses.allele_frequency import AlleleCounts, allele_frequency
from goe.pooling import here
from goe.rules.dataset import ClinicalDataSet
from goe.rules.disclosure import FLOORS, Floors, disclose
from goe.rules.frequencies import PopulationFrequency
from goe.rules.variants import CONTIGS
from goe.rules.words import DisclosureClass, Scope, State
from goe.science.frequency import filtering_frequency
from goe.store.genomes.cohort import StoredCohort
from goe.store.release import COUNTS, plain_states

_SEXES = ("F", "M", "U")


def frequency_table(node: Node, product: Product, counted: StoredCohort) -> tuple[pa.Table, dict[str, int]]:
    """The frequency table of the population and its sexes, and how many people each has."""
    cells, whole = tuple((node.name, sex) for sex in _SEXES), product.population
    counts = allele_frequency(here(counted), cells=cells)
    people = _people(product, counted)
    parts = {whole: range(len(cells))} | {f"{whole}_{s}": [i] for i, s in enumerate(_SEXES) if people.get(f"{whole}_{s}")}
    floors = product.floors
    tables = {name: _columns(counts.of(list(which))) for name, which in parts.items()}
    if floors != FLOORS[DisclosureClass.OPEN]:
        tables = _disclosed(tables, people, floors, whole, counted)
    site = {name: counted.table[name] for name in counted.table.column_names}
    rows = [pa.table({**site, "population": pa.repeat(name, len(counted.variants)), **t}) for name, t in tables.items()]
    shown = pa.concat_tables(rows)
    unseen = counts.of(range(len(cells))).allele_count == 0
    listed = _informative(tables, whole, floors) & ~np.tile(unseen & _of_patients(node, product, counted), len(tables))
    return shown.filter(listed), people


def _of_patients(node: Node, product: Product, counted: StoredCohort) -> NDArray[np.bool_]:
    """(variants,) carried by somebody of the special category in the batches of a reference; nothing in other products.

    Such a variant that nobody of the reference carries is not listed: that it is would say that a patient carries it.
    """
    none = np.zeros(len(counted.variants), dtype=np.bool_)
    names = {name for batch in counted.batches for name in batch.stored.samples}
    patients = [c for c in node.countable(Scope.ALLELE_FREQUENCY) if c.category == ClinicalDataSet.kind and c.genome in names]
    if product.data_set.kind == ClinicalDataSet.kind or not patients:
        return none
    theirs = cohort(node, [batch.stored.info for batch in counted.batches], patients)
    found = allele_frequency(here(theirs), cells=((node.name,),), by=("nation",))
    return np.asarray(found.allele_count[:, 0] > 0)


def _people(product: Product, counted: StoredCohort) -> dict[str, int]:
    """People of the population, and of each of its sexes that is shown, with a genome in one of the batches."""
    sexes: dict[str, str] = {}
    for batch in counted.batches:
        sexes |= dict(zip(batch.person[batch.mask], batch.people.columns["sex"][batch.mask], strict=True))
    parts = _SEXES if product.sexes else ()
    return {product.population: len(sexes)} | {f"{product.population}_{s}": sum(v == s for v in sexes.values()) for s in parts}


def _columns(counts: AlleleCounts) -> dict[str, Any]:
    """Counts of one population as columns of the table."""
    ac, an = counts.allele_count, counts.allele_number
    numbers = {name: pa.array(getattr(counts, name), pa.int32()) for name in COUNTS}
    faf = filtering_frequency(ac, an)
    return {
        "state": plain_states(ac, an),
        **numbers,
        "faf95": pa.array(faf, pa.float64(), mask=np.isnan(faf)),
        "bound": pa.nulls(len(ac), pa.int32()),
    }


def _disclosed(
    tables: Mapping[str, Mapping[str, Any]], people: Mapping[str, int], floors: Floors, nation: str, counted: StoredCohort
) -> dict[str, dict[str, Any]]:
    """The same columns after the disclosure rules, variant by variant."""
    plain = {name: pa.table(dict(columns)).to_pylist() for name, columns in tables.items()}
    shown: dict[str, list[dict[str, Any]]] = {name: [] for name in tables}
    for row, contig in enumerate(counted.variants.contig):
        cells = {name: _cell(name, rows[row]) for name, rows in plain.items()}
        haploid = CONTIGS[contig] in ("X", "Y", "MT")
        for name, cell in disclose(cells, people, floors, nation=nation, haploid=haploid).items():
            shown[name].append({**{c: getattr(cell, c) for c in (*COUNTS, "faf95", "bound")}, "state": cell.state.value})
    types = {name: pa.table(dict(columns)).schema for name, columns in tables.items()}
    made = {name: pa.Table.from_pylist(rows, schema=types[name]) for name, rows in shown.items()}
    return {name: {c: table[c] for c in table.column_names} for name, table in made.items()}


def _cell(population: str, row: Mapping[str, Any]) -> PopulationFrequency:
    return PopulationFrequency(population, State(row["state"]), **{c: row[c] for c in (*COUNTS, "faf95", "bound")})


def _informative(tables: Mapping[str, Mapping[str, Any]], nation: str, floors: Floors) -> NDArray[np.bool_]:
    """Rows that may be listed: a site of which the nation says no more than "fewer than the floor" is left out of the file.

    A site that is hidden because nearly everybody carries the allele is listed, or its absence would say the opposite.
    """
    bound = np.asarray(pa.chunked_array(tables[nation]["bound"]).fill_null(floors.cell))
    return np.tile(bound >= floors.cell, len(tables))
