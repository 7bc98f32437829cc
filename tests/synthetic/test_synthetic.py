"""The invented Europe: seeded, like the real one where that was promised, labelled, and taken in through the usual doors."""

from __future__ import annotations

import csv
import doctest
import gzip
import itertools
import json
import subprocess
import sys
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow.parquet as pq
import pytest
from setting import clock

from goe.acts.setting import Root, open_place
from goe.acts.synthesise import GENOMES, NOTICE, Recipe, Synthesised, _plan, synthesise
from goe.acts.verify import check
from goe.cli.synthetic import _nations
from goe.errors import BadInput, Conflict
from goe.rules.variants import CONTIGS, contig_length
from goe.rules.words import NATIONS, DisclosureClass
from goe.store.tables import inhabitants
from goe.synthetic import genomes, history, vcf
from goe.synthetic import people as people_of
from goe.synthetic.genomes import ASSEMBLY
from goe.synthetic.people import invent, sizes

WITHOUT_MSPRIME = """
import sys
sys.modules["msprime"] = None  # import raises ImportError
from pathlib import Path
from goe.acts.synthesise import Recipe, synthesise
from goe.errors import GoeError
try:
    synthesise(Path(sys.argv[1]), Recipe(("FI",), 40, 10))
except GoeError as error:
    print(error)
"""

# Hudson's F_ST of the 1000 Genomes populations FIN, GBR, IBS, TSI and CEU, which stands for the Netherlands here.
REAL = {
    ("GB", "ES"): 0.00363, ("GB", "IT"): 0.00391, ("ES", "IT"): 0.0028, ("FI", "GB"): 0.00637, ("FI", "ES"): 0.01094,
    ("FI", "IT"): 0.01138, ("FI", "NL"): 0.00592, ("GB", "NL"): 0.00036, ("ES", "NL"): 0.00294, ("IT", "NL"): 0.00339,
}  # fmt: skip
RECIPE = Recipe(("FI", "GB", "ES", "IT"), people=400, sites=2500, seed=7)
SMALL = Recipe(("EE", "FI"), people=60, sites=60, seed=3)


def test_without_msprime__the_error_says_what_to_install(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_MSPRIME, str(tmp_path / "out")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "msprime" in said and "pip install 'goe[synthetic]'" in said
    assert list(tmp_path.iterdir()) == []


def test_history__differs_as_the_real_nations_do() -> None:
    """The expectation over endless genomes; the simulated ones scatter around it."""
    fst, index = history.expected_fst(), history.DEMES.index
    for (a, b), real in REAL.items():
        assert fst[index(a), index(b)] == pytest.approx(real, rel=0.25), (a, b)


def test_history__reaches_every_nation() -> None:
    reached, new = set(), {"FI"}
    while new:
        reached |= new
        new = {n for nation in new for n in history.neighbours(nation)} - reached
    assert reached == set(NATIONS)


@pytest.mark.parametrize("module", [history, genomes, people_of, vcf])
def test_examples_in_docstrings__run(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("people", [216, 4000, 20000])
def test_sizes__add_up_and_follow_inhabitants(people: int) -> None:
    found = sizes(people, inhabitants() if people > 216 else {c: inhabitants()[c] for c in list(NATIONS)[:9]})
    assert sum(found.values()) == people
    assert min(found.values()) >= people // (3 * len(found))
    order = sorted(found, key=lambda code: inhabitants()[code])
    assert [found[code] for code in order] == sorted(found.values())


def test_people__are_founders_or_children_of_founders() -> None:
    people = invent({"FI": 200, "ES": 300}, np.random.default_rng(1))
    child = people.founder < 0
    assert ((people.mother >= 0) == child).all() and ((people.father >= 0) == child).all()
    assert len(np.unique(people.founder[~child])) == (~child).sum()
    assert (np.diff(people.founder_deme) >= 0).all()
    is_male = dict(zip(people.founder[~child].tolist(), people.is_male[~child].tolist(), strict=True))
    assert not any(is_male.get(m, False) for m in people.mother[child].tolist())
    assert all(is_male.get(f, True) for f in people.father[child].tolist())


def test_bgzf__is_gzip_whose_members_say_their_size() -> None:
    text = np.random.default_rng(1).integers(0, 4, 200_000).astype(np.uint8).tobytes()
    packed = vcf.bgzf(text) + vcf.END
    assert gzip.decompress(packed) == text
    place, members = 0, 0
    while place < len(packed):
        assert packed[place : place + 4] == b"\x1f\x8b\x08\x04" and packed[place + 12 : place + 14] == b"BC"
        place += int.from_bytes(packed[place + 16 : place + 18], "little") + 1
        members += 1
    assert (place, members) == (len(packed), 5)


class Made:
    """A synthetic Europe on disk, with its root."""

    def __init__(self, folder: Path, done: Synthesised) -> None:
        self.folder, self.done = folder, done
        self.truth = json.loads((folder / "truth.json").read_text())

    def lines(self, code: str) -> list[list[str]]:
        """The records of a nation's file."""
        with gzip.open(self.folder / code / GENOMES, "rt") as file:
            return [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]

    def header(self, code: str) -> list[str]:
        """The lines before them."""
        with gzip.open(self.folder / code / GENOMES, "rt") as file:
            return [line.rstrip("\n") for line in file if line.startswith("#")]

    def rows(self, code: str) -> list[dict[str, str]]:
        """The nation's registry, in the order of the genomes."""
        with (self.folder / code / "participants.csv").open() as file:
            return list(csv.DictReader(file))

    @cached_property
    def autosomal(self) -> dict[str, np.ndarray]:
        """(sites, people) alternate alleles of each nation on the autosomes, -1 where missing."""
        value = {"0|0": 0, "0|1": 1, "1|0": 1, "1|1": 2, "./.": -1}
        return {c: np.array([[value[g] for g in r[9:]] for r in self.lines(c) if r[0] != "chrX"]) for c in RECIPE.nations}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """FI, GB, ES, IT with 400 people and a root of the class open, made once, by two processes."""
    pytest.importorskip("msprime", reason="msprime is not installed (extra `synthetic`)")
    folder = tmp_path_factory.mktemp("synthetic")
    open_ = DisclosureClass.OPEN
    done = synthesise(folder / "out", RECIPE, root=folder / "root", disclosure_class=open_, workers=2, clock=clock)
    return Made(folder / "out", done)


def test_same_seed__gives_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("msprime", reason="msprime is not installed (extra `synthetic`)")
    for name, recipe in (("a", SMALL), ("b", SMALL), ("c", replace(SMALL, seed=4))):
        synthesise(tmp_path / name, recipe)
    files = {
        name: {p.relative_to(tmp_path / name).as_posix(): p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()}
        for name in "abc"
    }
    assert files["a"] == files["b"]
    assert set(files["a"]) == {"truth.json", *(f"{c}/{f}" for c in SMALL.nations for f in (GENOMES, "participants.csv"))}
    assert all(files["a"][name] != files["c"][name] for name in files["a"])


def test_processes__change_nothing(made: Made) -> None:
    plan = _plan(RECIPE)
    pieces = vcf.stretch_text(plan, plan.stretches[11])
    for code, piece in zip(RECIPE.nations, pieces, strict=True):
        assert piece in (made.folder / code / GENOMES).read_bytes()


def test_nations__differ_about_as_the_real_ones(made: Made) -> None:
    """Ratio of sums over sites, as in `goe.science.differentiation`; bands of about three standard errors at this size."""
    ac = {c: np.where(g < 0, 0, g).sum(axis=1) for c, g in made.autosomal.items()}
    an = {c: 2 * (g >= 0).sum(axis=1) for c, g in made.autosomal.items()}
    for a, b in itertools.combinations(RECIPE.nations, 2):
        fst = fst_over_sites(ac[a], an[a], ac[b], an[b])
        low, high = (0.0045, 0.0150) if "FI" in (a, b) else (0.0008, 0.0065)
        assert low < fst < high, (a, b, fst)


def fst_over_sites(x1: np.ndarray, n1: np.ndarray, x2: np.ndarray, n2: np.ndarray) -> float:
    """Hudson's F_ST: summed numerators over summed denominators (Bhatia et al. 2013, equation 10)."""
    p1, p2 = x1 / n1, x2 / n2
    above = (p1 - p2) ** 2 - p1 * (1 - p1) / (n1 - 1) - p2 * (1 - p2) / (n2 - 1)
    return float(above.sum() / (p1 * (1 - p2) + p2 * (1 - p1)).sum())


def test_rare_variants__are_most(made: Made) -> None:
    count = sum(np.where(g < 0, 0, g).sum(axis=1) for g in made.autosomal.values())
    number = sum(2 * (g >= 0).sum(axis=1) for g in made.autosomal.values())
    assert 0.25 < (count == 1).mean() < 0.6
    assert 0.1 < (count / number > 0.05).mean() < 0.45
    assert (count > 0).mean() > 0.99, "every site varies, but where its only carrier has no call"


def test_relatives__are_as_told(made: Made) -> None:
    """Parents and children share an allele everywhere; the mean kinship of either kind is near a quarter."""
    kinship: dict[str, list[float]] = {"parent-child": [], "siblings": [], "": []}
    for code, g in made.autosomal.items():
        names = {row["genome"]: i for i, row in enumerate(made.rows(code))}
        mean = np.where(g < 0, 0, g).sum(axis=1) / (2 * (g >= 0).sum(axis=1))
        common = (mean > 0.05) & (mean < 0.95) & (g >= 0).all(axis=1)
        p, x = mean[common], g[common]
        for a, b, kind in [*made.truth["nations"][code]["relatives"], *zip(names, list(names)[1:], itertools.repeat(""))]:
            i, j = names[a], names[b]
            kinship[kind].append(float(((x[:, i] - 2 * p) * (x[:, j] - 2 * p)).sum() / (4 * p * (1 - p)).sum()))
            if kind == "parent-child":
                assert (np.abs(g[:, i] - g[:, j])[(g[:, i] >= 0) & (g[:, j] >= 0)] < 2).all()
    assert len(kinship["parent-child"]) >= 12 and len(kinship["siblings"]) >= 4
    assert np.mean(kinship["parent-child"]) == pytest.approx(0.25, abs=0.05)
    assert np.mean(kinship["siblings"]) == pytest.approx(0.25, abs=0.08)
    assert np.mean(kinship[""]) == pytest.approx(0, abs=0.02)


def test_x__has_one_copy_in_men(made: Made) -> None:
    for code in RECIPE.nations:
        rows = made.rows(code)
        sites = [record[9:] for record in made.lines(code) if record[0] == "chrX"]
        assert len(sites) == round(0.03 * RECIPE.sites)
        for row, calls in zip(rows, zip(*sites, strict=True), strict=True):
            if row["karyotype"] != "unknown":
                assert set(calls) <= ({"0", "1", "."} if row["karyotype"] == "XY" else {"0|0", "0|1", "1|0", "1|1", "./."})


def test_calls__are_missing_at_random_and_in_blocks(made: Made) -> None:
    missing = np.concatenate([(g < 0) for g in made.autosomal.values()], axis=1)
    assert missing.mean() == pytest.approx(RECIPE.missing, rel=0.35)
    runs = max(len(list(run)) for person in missing.T for is_missing, run in itertools.groupby(person) if is_missing)
    assert runs >= 15, "somebody has no call in a whole stretch"


def test_registry__has_sexes_regions_and_people_who_may_not_be_counted(made: Made) -> None:
    for code in RECIPE.nations:
        rows, truth = made.rows(code), made.truth["nations"][code]
        assert len(rows) == truth["people"] == made.done.people[code]
        assert 0 < sum(row["allele_frequency"] == "no" for row in rows) == len(rows) - truth["counted_in_frequencies"]
        assert {row["sex"] for row in rows} >= {"female", "male"} and {row["karyotype"] for row in rows} >= {"XX", "XY"}
        assert truth["minority"] == len(truth["minority_genomes"]) > 0
        assert set(truth["minority_genomes"]) <= {row["genome"] for row in rows}
    assert len({row["region"] for row in made.rows("IT")}) > 2


def test_labels__say_synthetic_everywhere(made: Made) -> None:
    root = open_place(made.folder.parent / "root", clock)
    assert isinstance(root, Root)
    assert made.truth["synthetic"] is True and made.truth["parameters"]["seed"] == RECIPE.seed
    for code, node in root.nodes.items():
        header = made.header(code)
        assert "##goe_synthetic=true" in header
        assert any(line.startswith("##source=goe synthetic") and "seed=7" in line for line in header)
        assert f"##contig=<ID=chr2,length={contig_length(ASSEMBLY, '2')},assembly=GRCh38>" in header
        assert all("SYNTHETIC" in name for name in header[-1].split("\t")[9:])
        assert node.settings.notice == NOTICE and "ynthetic" in node.settings.title
        assert [batch.synthetic for batch in node.genomes.batches()] == [True]
    assert root.hub.settings.notice == NOTICE and "ynthetic" in root.hub.settings.title


def test_root__counts_what_the_files_say(made: Made) -> None:
    """Import and release through the acts, against the text of the files."""
    folder = made.folder.parent / "root"
    root = open_place(folder, clock)
    assert isinstance(root, Root) and made.done.europe is not None
    assert [f for f in check(folder) if f.faults] == []
    node = root.nodes["ES"]
    table = pq.read_table(next(node.releases.path(ASSEMBLY, "2026.1").glob("*.parquet"))).to_pylist()
    shown = {
        (r["contig"], str(r["position"])): (r["allele_count"], r["allele_number"]) for r in table if r["population"] == "ES"
    }
    counted = [row["allele_frequency"] == "yes" for row in made.rows("ES")]
    for record in made.lines("ES")[:: RECIPE.sites // 100]:
        calls = "".join(g for g, is_counted in zip(record[9:], counted, strict=True) if is_counted)
        expected = calls.count("1"), calls.count("0") + calls.count("1")
        assert shown[CONTIGS.index(record[0][3:]), record[1]] == expected
    assert len(shown) == RECIPE.sites


def test_tiles__repeat_sites_further_on(tmp_path: Path) -> None:
    pytest.importorskip("msprime", reason="msprime is not installed (extra `synthetic`)")
    once = Made(tmp_path / "once", synthesise(tmp_path / "once", SMALL))
    tiled = Made(tmp_path / "tiled", synthesise(tmp_path / "tiled", replace(SMALL, tile=3)))
    assert tiled.done.sites == 3 * SMALL.sites == len(tiled.lines("FI"))
    assert sum(line.startswith("##goe_synthetic_tile=3") for line in tiled.header("FI")) == 1
    places = [(r[0], int(r[1])) for r in tiled.lines("FI")]
    for chromosome, run in itertools.groupby(places, key=lambda place: place[0]):
        positions = [position for _, position in run]
        assert positions == sorted(set(positions)), chromosome
    assert sorted(tuple(r[9:]) for r in tiled.lines("FI")) == sorted(3 * [tuple(r[9:]) for r in once.lines("FI")])


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        (replace(SMALL, people=20), "20 people are too few for 2 nations"),
        (replace(SMALL, sites=60, tile=10**7), "do not fit into the genome"),
    ],
)
def test_recipe__that_cannot_be_followed(recipe: Recipe, says: str, tmp_path: Path) -> None:
    pytest.importorskip("msprime", reason="msprime is not installed (extra `synthetic`)")
    with pytest.raises(BadInput, match=says):
        synthesise(tmp_path / "out", recipe)
    assert list(tmp_path.iterdir()) == []


def test_folder__that_is_not_empty_stays_as_it_is(tmp_path: Path) -> None:
    pytest.importorskip("msprime", reason="msprime is not installed (extra `synthetic`)")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "note").write_text("mine")
    with pytest.raises(Conflict, match="not empty"):
        synthesise(tmp_path / "out", SMALL, root=tmp_path / "root")
    assert [p.name for p in tmp_path.iterdir()] == ["root"]


def test_root__of_a_class_that_nobody_can_fill_is_refused_at_once(tmp_path: Path) -> None:
    pytest.importorskip("msprime", reason="msprime is not installed (extra `synthetic`)")
    with pytest.raises(BadInput, match="at least 200 for a release of the class controlled"):
        synthesise(tmp_path / "out", SMALL, root=tmp_path / "root")
    assert list(tmp_path.iterdir()) == []


def test_root__lies_apart_from_the_files(tmp_path: Path) -> None:
    pytest.importorskip("msprime", reason="msprime is not installed (extra `synthetic`)")
    for root in (tmp_path / "out", tmp_path / "out" / "root", tmp_path):
        with pytest.raises(BadInput, match="same folder"):
            synthesise(tmp_path / "out", SMALL, root=root)
    assert list(tmp_path.iterdir()) == []


def test_command__says_which_nations_there_are() -> None:
    assert len(_nations("EU")) == 27
    assert _nations("fi, UK,FI") == ("FI", "GB")
    with pytest.raises(BadInput, match="'XX' is not one of the nations"):
        _nations("FI,XX")
