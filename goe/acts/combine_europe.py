"""Adding the nations' releases up to Europe, at the hub: from signed manifests, and from what the nations published alone."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import goe
from goe.acts.build_release import Built, known_versions, next_version
from goe.acts.recorded import record_if_missing
from goe.acts.setting import Hub, Node
from goe.errors import BadInput, Damaged
from goe.rules.events import Deed
from goe.rules.words import TOTAL, Assembly, DisclosureClass, State
from goe.science.frequency import filtering_frequency
from goe.signing import digest, sign, verify
from goe.store.filters import plain, ranked
from goe.store.release import (
    COUNTS,
    EUROPE_MANIFEST,
    KEY,
    MANIFEST,
    NATION_MANIFEST,
    NATIONS,
    SCHEMA,
    TABLE,
    file_faults,
    file_list,
    plain_states,
    read_body,
    read_document,
    read_table,
    version_order,
    write_document,
    write_table,
)


@dataclass(frozen=True)
class Part:
    """A nation's release as the hub received it, with its signature verified."""

    nation: str
    folder: Path
    document: Mapping[str, Any]

    @property
    def body(self) -> Mapping[str, Any]:
        """The manifest itself."""
        body: Mapping[str, Any] = self.document["body"]
        return body


def combine_europe(hub: Hub, nodes: Mapping[str, Node], assembly: Assembly, *, version: str | None = None) -> Built:
    """Build the European release of an assembly from the newest release of every member that has one.

    A member without a release is named as offline, never left out in silence. Raises Damaged where a manifest is not signed by
    the key pinned for its nation or a file is not the one that was signed; BadInput where no nation has a release.
    """
    parts = [
        receive(hub, code, node.releases.path(assembly, node.releases.versions(assembly)[-1]), assembly)
        for code, node in nodes.items()
        if code in hub.members and node.releases.versions(assembly)
    ]
    if not parts:
        raise BadInput(f"no nation has a release of {assembly}", expected="at least one", where=str(hub.folder))
    question = digest({p.nation: p.document["hash"] for p in parts} | {"members": sorted(hub.members)})
    for standing in reversed(hub.releases.versions(assembly)):
        body = read_body(hub.releases.path(assembly, standing) / MANIFEST)
        if body["question"] == question and version in (None, standing):
            record_if_missing(hub, Deed.EUROPE_COMBINED, f"{assembly} {standing}", digest(body))
            return Built(hub.releases.path(assembly, standing), standing, assembly, False, body["variants"], _people(parts), {})
    known = known_versions(hub, hub.releases, Deed.EUROPE_COMBINED, assembly)
    newest = max((p.body["release"] for p in parts), key=version_order)
    if version is None and (not known or version_order(newest) > version_order(known[-1])):
        version = newest  # Europe goes by the name of its nations' newest release while that name is free
    version = next_version(known, version, hub.clock().year, f"{assembly} of Europe")
    table = add_up([read_table(p.folder / TABLE) for p in parts])
    deed = hub.ledger.deed(Deed.EUROPE_COMBINED, f"{assembly} {version}", actor=hub.settings.actor, time=hub.now, details={})
    with deed as entry, hub.releases.writing(assembly, version) as folder:
        write_table(folder / TABLE, table)
        for part in parts:
            (folder / NATIONS / part.nation).mkdir(parents=True)
            for name in (TABLE, MANIFEST):
                shutil.copyfile(part.folder / name, folder / NATIONS / part.nation / name)
        body = {
            "release": version,
            "assembly": assembly.value,
            "question": question,
            "nations": {code: _nation_line(code, parts, hub) for code in sorted(hub.members)},
            "variants": pc.count_distinct(_site(table)).as_py(),
            "synthetic": any(p.body["synthetic"] for p in parts),
            "disclosure_class": _strictest(parts).value,
            "files": file_list(folder, [TABLE]),
            "software": f"goe {goe.__version__}",
        }
        write_document(folder / MANIFEST, sign(EUROPE_MANIFEST, body, key=hub.key, issued=hub.now))
        entry["details_hash"] = digest(body)
    return Built(hub.releases.path(assembly, version), version, assembly, True, body["variants"], _people(parts), {})


def receive(hub: Hub, nation: str, folder: Path, assembly: Assembly) -> Part:
    """A nation's release, once signer, signature, assembly and checksums have been verified."""
    where = folder / MANIFEST
    document = read_document(where)
    body = verify(document, kind=NATION_MANIFEST, trusted={nation: hub.members[nation]}, where=str(where))
    if body["nation"] != nation or body["assembly"] != assembly.value:
        raise Damaged(
            f"the manifest is of {body['nation']} {body['assembly']}", expected=f"{nation} {assembly}", where=str(where)
        )
    if faults := file_faults(folder, body["files"]):
        raise Damaged("; ".join(faults), where=str(folder), remedy="ask the nation for the release again")
    return Part(nation, folder, document)


def add_up(tables: list[pa.Table]) -> pa.Table:
    """The nations' rows, and one row `Total` per variant: the sum over nations that show a number there."""
    rows = pa.concat_tables(tables)
    shown = pc.is_in(rows["state"], pa.array([State.VALUE.value, State.OBSERVED_ZERO.value]))
    whole = pc.equal(pc.utf8_length(rows["population"]), 2)
    counted = rows.filter(pc.and_(shown, whole))
    sums = counted.group_by(list(KEY)).aggregate([*((c, "sum") for c in COUNTS), *((c, "count") for c in COUNTS)])
    worst = rows.select([*KEY, "rsid"]).append_column("filter", ranked(rows["filter"]))
    sites = worst.group_by(list(KEY)).aggregate([("rsid", "max"), ("filter", "max")])
    total = sites.join(sums, keys=list(KEY), join_type="left outer")
    ac, an = (np.nan_to_num(np.asarray(total[f"{c}_sum"], dtype=np.float64)) for c in ("allele_count", "allele_number"))
    faf = filtering_frequency(ac, an)
    # A genotype count is the sum only where every nation that adds alleles also shows its genotypes.
    hidden = {c: pc.less(total[f"{c}_count"], total["allele_count_count"]) for c in COUNTS}
    counts = {c: pc.if_else(hidden[c], None, pc.fill_null(total[f"{c}_sum"], 0)) for c in COUNTS}
    europe = pa.table(
        {
            **{k: total[k] for k in KEY},
            "rsid": total["rsid_max"],
            "filter": plain(total["filter_max"]),
            "population": pa.repeat(TOTAL, total.num_rows),
            "state": plain_states(ac, an),
            **{c: counts[c].cast(pa.int32()) for c in COUNTS},
            "faf95": pa.array(faf, pa.float64(), mask=np.isnan(faf)),
            "bound": pa.nulls(total.num_rows, pa.int32()),
        }
    )
    return pa.concat_tables([rows.select(SCHEMA.names), europe.select(SCHEMA.names)])


def _site(table: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(
        table["contig"].cast(pa.string()), table["position"].cast(pa.string()), table["reference"], table["alternate"], "-"
    )


def _people(parts: list[Part]) -> int:
    return sum(p.body["people"].get(p.nation) or 0 for p in parts)


def _strictest(parts: list[Part]) -> DisclosureClass:
    order = list(DisclosureClass)
    return max((DisclosureClass(p.body["disclosure_class"]) for p in parts), key=order.index)


def _nation_line(code: str, parts: list[Part], hub: Hub) -> dict[str, Any]:
    """What Europe's manifest says of a member: its signed part, or that it did not answer."""
    part = next((p for p in parts if p.nation == code), None)
    if part is None:
        return {"answered": False}
    said = {name: part.body[name] for name in ("release", "people", "disclosure_class", "floor", "epoch", "synthetic")}
    return {"answered": True, "manifest": part.document["hash"], "signed": part.document["issued"], **said}
