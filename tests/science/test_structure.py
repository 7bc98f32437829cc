"""F_ST with its error against plink2, the merge rule, principal axes against a singular value decomposition."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import numpy as np
import pytest
from setting import SHARED, tool

from goe.science.differentiation import hudson_fst
from goe.science.structure import Fst, hudson_fst_jackknife, merged, principal_axes

REFERENCE = SHARED / "data" / "reference"


def test_hudson_fst__over_sites_is_the_one_of_a_single_site() -> None:
    one = hudson_fst_jackknife([[30, 60]], [[100, 120]], [0])
    assert one.value == pytest.approx(hudson_fst([30, 60], [100, 120])) and np.isnan(one.error)


@pytest.mark.oracle
def test_hudson_fst__is_plink2s(tmp_path: Path) -> None:
    """Finns and Britons of the 1000 Genomes Project, 14,079 SNPs; plink2's standard error is a block jackknife too."""
    tool("plink2")
    if not REFERENCE.is_dir():
        pytest.skip("the reference genomes are not there")
    with (REFERENCE / "panel.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    heading = list(rows[0])
    name, pop = heading[0], next(h for h in heading if h.lower() in ("pop", "population"))
    group = {r[name]: r[pop] for r in rows if r[pop] in ("FIN", "GBR")}
    fam = [line.split() for line in (REFERENCE / "1kg_p1_autosomes14k.GRCh37.fam").read_text().splitlines()]
    bed = REFERENCE / "1kg_p1_autosomes14k.GRCh37"
    pheno = tmp_path / "pop.txt"
    pheno.write_text("#FID\tIID\tPOP\n" + "".join(f"{f}\t{i}\t{group[i]}\n" for f, i, *_ in fam if i in group))

    def plink2(*said: str) -> None:
        subprocess.run(["plink2", "--bfile", bed, "--memory", "2000", *said], check=True, capture_output=True, cwd=tmp_path)

    keep = ["--keep", str(pheno), "--pheno", str(pheno)]
    plink2(*keep, "--fst", "POP", "method=hudson", "blocksize=500", "--out", "fst")
    value, error = map(float, (tmp_path / "fst.fst.summary").read_text().splitlines()[1].split()[2:4])
    counts = []
    for code in ("FIN", "GBR"):
        (tmp_path / f"{code}.txt").write_text(
            "#FID\tIID\n" + "".join(f"{f}\t{i}\n" for f, i, *_ in fam if group.get(i) == code)
        )
        plink2("--keep", f"{code}.txt", "--freq", "counts", "--out", code)
        with (tmp_path / f"{code}.acount").open() as file:
            counts.append([(int(r["ALT_CTS"]), int(r["OBS_CT"])) for r in csv.DictReader(file, delimiter="\t")])
    table = np.array(counts)
    found = hudson_fst_jackknife(table[:, :, 0].T, table[:, :, 1].T, np.arange(table.shape[1]) // 500)
    assert found.value == pytest.approx(value, rel=1e-4)
    assert found.error == pytest.approx(error, rel=0.05)


def test_merged__a_chain_of_small_steps_does_not_join_its_ends() -> None:
    near, far = Fst(1e-4, 1e-4), Fst(8e-4, 1e-4)
    fst = {("A", "B"): near, ("B", "C"): near, ("A", "C"): far}
    assert merged("ABC", fst, [("A", "B"), ("B", "C")]) == [["A", "B"], ["C"]]


def test_merged__only_neighbours_join_and_only_if_certain() -> None:
    alike, unsure, significant = Fst(1e-4, 1e-4), Fst(4e-4, 2e-4), Fst(4e-4, 1e-4)
    assert merged("AB", {("A", "B"): alike}, []) == [["A"], ["B"]]
    assert merged("AB", {("A", "B"): unsure}, [("A", "B")]) == [["A", "B"]]
    assert merged("AB", {("A", "B"): significant}, [("A", "B")]) == [["A"], ["B"]]


def test_principal_axes__are_those_of_a_singular_value_decomposition() -> None:
    random = np.random.default_rng(4)
    p = random.uniform(0.1, 0.9, (300, 1))
    shifted = np.clip(p + random.normal(0, 0.15, (300, 1)), 0.02, 0.98)
    g = np.concatenate([random.binomial(2, p, (300, 12)), random.binomial(2, shifted, (300, 12))], axis=1).astype(float)
    g = g[(g.sum(axis=1) > 0) & (g.sum(axis=1) < 48)]
    f = g.mean(axis=1, keepdims=True) / 2
    z = (g - 2 * f) / np.sqrt(2 * f * (1 - f))
    _, s, v = np.linalg.svd(z, full_matrices=False)
    places, share = principal_axes(g, axes=2)
    assert np.abs(places[:, 0]) == pytest.approx(np.abs(v[0] * s[0]) / len(z) ** 0.5, abs=1e-9)
    assert share == pytest.approx(s[:2] ** 2 / (s**2).sum())
    assert (places[:12, 0] > 0).all() != (places[12:, 0] > 0).all()
