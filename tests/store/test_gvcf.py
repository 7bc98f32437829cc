"""Reference blocks and callable regions: the allele number where samples have different sites, against bcftools."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from genomes import Site, person, store, write_vcf
from setting import SHARED, clock, tool

from goe.acts.count import cohort, releasable
from goe.acts.create import create_node
from goe.acts.import_genomes import import_genomes
from goe.acts.setting import Node
from goe.analyses.allele_frequency import allele_frequency
from goe.errors import BadInput
from goe.pooling import here
from goe.rules.variants import CONTIGS, contig_length, minimal
from goe.rules.words import Assembly, DisclosureClass
from goe.store.formats.mask import OFF, Mask

BLOCKS = "##ALT=<ID=NON_REF,Description=x>\n"


def counts(node: Node, assembly: Assembly = Assembly.GRCh38) -> dict[tuple[str, int, str, str], tuple[int, int]]:
    """Variant -> AC and AN of everybody registered."""
    found = cohort(node, releasable(node.genomes.batches(), assembly)[0], None)
    total = allele_frequency(here(found), cells=[(node.name, s) for s in "FMU"]).of([0, 1, 2])
    v = found.variants
    keys = zip((CONTIGS[c] for c in v.contig), v.position.tolist(), v.reference, v.alternate, strict=True)
    return dict(zip(keys, zip(total.allele_count.tolist(), total.allele_number.tolist(), strict=True), strict=True))


def merged_by_bcftools(files: Sequence[Path], folder: Path, mask: str) -> dict[tuple[str, int, str, str], tuple[int, int]]:
    """The same from `bcftools merge -g -`, after the same mask and split to one allele a line."""
    masked = []
    for file in files:
        out = folder / file.name
        drop = ["bcftools", "annotate", "-x", "^INFO/END,^FORMAT/GT,FORMAT/GQ,FORMAT/DP,FORMAT/MIN_DP", str(file)]
        first = subprocess.run(drop, check=True, capture_output=True).stdout
        if mask:
            first = subprocess.run(
                ["bcftools", "filter", "-S", ".", "-e", mask], input=first, check=True, capture_output=True
            ).stdout
        subprocess.run(["bcftools", "view", "-Oz", "-o", str(out)], input=first, check=True, capture_output=True)
        subprocess.run(["bcftools", "index", "-f", str(out)], check=True)
        masked.append(str(out))
    steps = (
        ["bcftools", "merge", "-g", "-", "-m", "all", *masked],
        ["bcftools", "annotate", "-x", "INFO,^FORMAT/GT"],
        ["bcftools", "norm", "-m-"],
        ["bcftools", "query", "-f", "%CHROM\t%POS\t%REF\t%ALT[\t%GT]\n"],
    )
    text = b""
    for step in steps:
        text = subprocess.run(step, input=text, check=True, capture_output=True).stdout
    found = {}
    for line in text.decode().splitlines():
        chrom, pos, ref, alt, *calls = line.split("\t")
        if alt in ("<NON_REF>", "*", "."):
            continue
        alleles = [a for call in calls for a in call.replace("|", "/").split("/") if a != "."]
        found[(chrom.removeprefix("chr"), *minimal(int(pos), ref, alt))] = (alleles.count("1"), len(alleles))
    return found


@pytest.mark.oracle
@pytest.mark.parametrize(("mask", "said"), [(Mask(balance=0.0), "FMT/GQ<20 || FMT/DP<10 || FMT/MIN_DP<10"), (OFF, "")])
def test_gatk_files__equal_bcftools_merge(node: Node, tmp_path: Path, mask: Mask, said: str) -> None:
    """34 real gVCF files of GATK: every variant has the allele count and number of `bcftools merge -g -`."""
    tool("bcftools")
    files = sorted((SHARED / "data" / "qc" / "gvcf").glob("*.g.vcf.gz"))
    if not files:
        pytest.skip("the shared gVCF files are not beside the checkout")
    node.registry.enrol([person(node, i + 1, "U", f.name.split(".")[0]) for i, f in enumerate(files)])
    import_genomes(node, files, mask=mask)
    ours, theirs = counts(node), merged_by_bcftools(files, tmp_path, said)
    assert len(ours) > 400
    assert {k: v for k, v in ours.items() if theirs.get(k) != v} == {}
    assert ours.keys() == theirs.keys()


def test_one_cohort_in_two_files__with_the_regions_that_were_read_counts_as_in_one(node: Node, tmp_path: Path) -> None:
    """Six people; each file lists only what its own people carry. A BED file says that both were read from 100 to 200."""
    names, region = [f"S{i}" for i in range(6)], tmp_path / "read.bed"
    region.write_text("1\t99\t200\n")
    node.registry.enrol([person(node, i + 1, "F", name) for i, name in enumerate(names)])
    first = [Site("1", 120, "A", "C", ["0/1", "0/0", "./."]), Site("1", 300, "G", "T", ["0/1", "0/0", "0/0"])]
    second = [Site("1", 150, "A", "G", ["1/1", "0/0", "0/1"])]
    for file, samples, sites in (("a.vcf", names[:3], first), ("b.vcf", names[3:], second)):
        import_genomes(node, write_vcf(tmp_path / file, samples, sites), callable_bed=region)
    assert counts(node, Assembly.GRCh37) == {
        ("1", 120, "A", "C"): (1, 10),  # a no-call takes two away, the other file's people are all there
        ("1", 150, "A", "G"): (3, 12),
        ("1", 300, "G", "T"): (1, 6),  # outside the region: only those whose file lists it
    }


def test_list_of_sites__adds_nothing_outside_its_sites(node: Node, tmp_path: Path) -> None:
    """A site list beside a dense region: its people are not homozygous reference where nobody looked."""
    node.registry.enrol([person(node, i + 1, "F", f"S{i}") for i in range(4)])
    store(node, tmp_path, "dense.vcf", ["S0", "S1"], [Site("1", p, "A", "C", ["0/1", "0/0"]) for p in (10, 11, 12)])
    store(node, tmp_path, "list.vcf", ["S2", "S3"], [Site("1", 11, "A", "C", ["0/0", "0/1"])])
    assert [counts(node, Assembly.GRCh37)["1", p, "A", "C"] for p in (10, 11, 12)] == [(1, 4), (2, 8), (1, 4)]


def test_person_in_two_batches__is_answered_for_by_the_first_where_it_was_read(node: Node, tmp_path: Path) -> None:
    """The second genome of a person counts only where the first was neither listed nor read."""
    node.registry.enrol([person(node, 1, "F", "S0", "S0again"), person(node, 2, "F", "S1")])
    region = tmp_path / "read.bed"
    region.write_text("1\t0\t100\n")
    one = write_vcf(tmp_path / "one.vcf", ["S0"], [Site("1", 50, "A", "C", ["0/1"])])
    import_genomes(node, one, callable_bed=region)
    again = [
        Site("1", 50, "A", "C", ["1/1", "0/0"]),
        Site("1", 60, "A", "C", ["1/1", "0/1"]),
        Site("1", 160, "A", "C", ["1/1", "0/1"]),
    ]
    store(node, tmp_path, "two.vcf", ["S0again", "S1"], again)
    assert [counts(node, Assembly.GRCh37)["1", p, "A", "C"] for p in (50, 60, 160)] == [(1, 4), (1, 4), (3, 4)]


def gvcf(path: Path, rows: Sequence[str], name: str = "S0") -> Path:
    """A small gVCF: rows are `position ref alt info call`."""
    head = [
        "##fileformat=VCFv4.2",
        f"##contig=<ID=X,length={contig_length(Assembly.GRCh38, 'X')}>",
        '##INFO=<ID=END,Number=1,Type=Integer,Description="x">',
        *(f'##FORMAT=<ID={f},Number={n},Type={t},Description="x">' for f, n, t in FIELDS),
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", name]),
    ]
    lines = ["X\t{}\t.\t{}\t{}\t.\t.\t{}\tGT:DP:GQ:MIN_DP:AD\t{}".format(*row.split()) for row in rows]
    path.write_text("\n".join([*head, *lines]) + "\n")
    return path


FIELDS = (("GT", 1, "String"), ("DP", 1, "Integer"), ("GQ", 1, "Integer"), ("MIN_DP", 1, "Integer"), ("AD", "R", "Integer"))
ROWS = [
    "5000000 A <NON_REF> END=5000099 0/0:30:60:25:30,0",
    "5000100 C T,<NON_REF> . 0/1:30:60:.:15,15,0",
    "5000101 A <NON_REF> END=5000199 0/0:30:15:25:30,0",
]


@pytest.mark.parametrize(
    ("call", "mask", "expected"),
    [
        ("0/1:30:60:.:15,15,0", Mask(), (1, 2)),
        ("0/1:30:60:.:28,2,0", Mask(), (0, 0)),  # two reads of thirty
        ("0/1:30:60:.:28,2,0", OFF, (1, 2)),
        ("1/1:30:60:.:28,2,0", Mask(), (2, 2)),  # the balance is asked of heterozygotes
        ("0/1:9:60:.:5,4,0", Mask(), (0, 0)),
        ("0/1:30:19:.:15,15,0", Mask(), (0, 0)),
        ("1:30:60:.:0,30,0", Mask(), (1, 1)),
        ("./.:.:.:.:.", Mask(), (0, 0)),
    ],
)
def test_mask__believes_calls(node: Node, tmp_path: Path, call: str, mask: Mask, expected: tuple[int, int]) -> None:
    node.registry.enrol([person(node, 1, "U", "S0")])
    row = f"5000100 C T,<NON_REF> . {call}"
    import_genomes(node, gvcf(tmp_path / "a.g.vcf", [ROWS[0], row, ROWS[2]]), mask=mask)
    assert counts(node) == {("X", 5000100, "C", "T"): expected}


def test_blocks__of_a_man_count_one_copy_on_x_where_they_are_believed(node: Node, tmp_path: Path) -> None:
    """A woman's variants at three sites; the man has a good block, a variant of his own, and a doubtful block there."""
    node.registry.enrol([person(node, 1, "M", "S0"), person(node, 2, "F", "S1")])
    import_genomes(node, gvcf(tmp_path / "a.g.vcf", ROWS))
    sites = [Site("X", p, r, "G", ["0/1"]) for p, r in ((5000050, "A"), (5000100, "C"), (5000150, "A"))]
    store(node, tmp_path, "b.vcf", ["S1"], sites, assembly="GRCh38")
    found = counts(node)
    assert [found["X", s.position, s.reference, "G"] for s in sites] == [(1, 3), (1, 3), (1, 2)]
    assert found["X", 5000100, "C", "T"] == (0, 0), "a man has no second X: the heterozygous call is a no-call"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([ROWS[0], "5000050 A <NON_REF> END=5000300 0/0:30:60:25:30,0"], "overlaps"),
        ([ROWS[2], ROWS[0]], "sorted"),
        ([ROWS[0], "5000600 A <NON_REF> END=5000550 0/0:30:60:25:30,0"], "block from 5000600 ends at 5000550"),
        ([ROWS[0], "5000100 C T . 0/1:30:60:.:15,15"], ""),
    ],
)
def test_blocks__that_overlap_or_run_backwards_are_refused(node: Node, tmp_path: Path, rows: list[str], said: str) -> None:
    path = gvcf(tmp_path / "a.g.vcf", rows)
    if not said:  # a variant record without the block allele is fine: not every caller writes it
        assert import_genomes(node, path).new
        return
    with pytest.raises(BadInput, match=said) as refused:
        import_genomes(node, path)
    assert f"{path} line" in str(refused.value)
    assert node.genomes.batches() == []


@pytest.mark.parametrize("line", ["1\t10\t5\n", "1\t0\t999999999\n", "1 x y\n", "1\t5\n"])
def test_bed__with_a_bad_region_is_refused_with_its_line(node: Node, tmp_path: Path, line: str) -> None:
    (tmp_path / "bad.bed").write_text("1\t0\t10\n" + line)
    path = write_vcf(tmp_path / "a.vcf", ["S0"], [Site("1", 5, "A", "C", ["0/1"])])
    with pytest.raises(BadInput, match=r"bad\.bed line 2"):
        import_genomes(node, path, callable_bed=tmp_path / "bad.bed")
    assert node.genomes.batches() == []


def several(path: Path, names: Sequence[str], rows: Sequence[str]) -> Path:
    """A gVCF of several samples: rows are `position ref alt info call...`."""
    gvcf(path, ["1 A <NON_REF> . ."])
    head = [line for line in path.read_text().splitlines() if line.startswith("##")]
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *names]
    lines = []
    for row in rows:
        position, ref, alt, info, *calls = row.split()
        lines.append("\t".join(["X", position, ".", ref, alt, ".", ".", info, "GT:DP:GQ:MIN_DP:AD", *calls]))
    path.write_text("\n".join([*head, "\t".join(columns), *lines]) + "\n")
    return path


def test_several_samples_in_one_gvcf__count_like_one_file_each(tmp_path: Path, node: Node) -> None:
    """Blocks that some believe and some do not, a variant of one, and a site of another batch."""
    rows = [
        "5000000 A <NON_REF> END=5000099 0/0:30:60:25:30,0 0/0:30:5:25:30,0 ./.:0:0:0:0,0",
        "5000100 C T,<NON_REF> . 0/1:30:60:.:15,15,0 0/0:30:60:.:30,0,0 0/1:5:60:.:2,3,0",
        "5000101 A <NON_REF> END=5000199 0/0:9:60:9:9,0 0/0:30:60:25:30,0 0/0:30:60:30:30,0",
    ]
    names = ["S0", "S1", "S2"]
    expected = {("X", 5000050, "A", "G"): (1, 4), ("X", 5000100, "C", "T"): (1, 4), ("X", 5000150, "A", "G"): (1, 6)}
    each = [[" ".join([*row.split()[:4], row.split()[4 + i]]) for row in rows] for i in range(3)]
    together = [several(tmp_path / "all.g.vcf", names, rows)]
    apart = [gvcf(tmp_path / f"{i}.g.vcf", each[i], name) for i, name in enumerate(names)]
    other = create_node(tmp_path / "other", "FI", disclosure_class=DisclosureClass.OPEN, clock=clock)[0]
    for at, files in ((node, together), (other, apart)):
        at.registry.enrol([person(at, i + 1, "F", name) for i, name in enumerate([*names, "Other"])])
        sites = [Site("X", p, "A", "G", ["0/1"]) for p in (5000050, 5000150)]
        store(at, tmp_path, "other.vcf", ["Other"], sites, assembly="GRCh38")
        done = import_genomes(at, files)
        assert counts(at) == expected
        assert any(n.startswith("1 calls set to missing") for n in done.batch.notes)


def test_variant_that_two_samples_spell_differently__is_one(tmp_path: Path, node: Node) -> None:
    """Inside a longer record of one sample, alone in the other's; each carrier and each block is kept."""
    node.registry.enrol([person(node, i + 1, "F", f"S{i}") for i in range(3)])
    block = "5000000 A <NON_REF> END={} 0/0:30:60:25:30,0"
    first = [block.format(5000099), "5000100 CAG CAT,C,<NON_REF> . 1/2:30:60:.:0,15,15,0"]
    second = [block.format(5000101), "5000102 G T,<NON_REF> . 1/1:30:60:.:0,30,0"]
    calls = [first, second, [block.format(5000200)]]
    done = import_genomes(node, [gvcf(tmp_path / f"{i}.g.vcf", rows, f"S{i}") for i, rows in enumerate(calls)])
    assert not any("repeated" in n for n in done.batch.notes)
    assert counts(node) == {("X", 5000100, "CAG", "C"): (1, 6), ("X", 5000102, "G", "T"): (3, 6)}


@pytest.mark.parametrize(("call", "expected"), [("./1", (1, 3)), ("0|.", (0, 3)), ("1/.", (1, 3)), ("./.", (0, 2))])
def test_half_call__counts_its_called_allele_as_in_a_vcf(
    tmp_path: Path, node: Node, call: str, expected: tuple[int, int]
) -> None:
    """Contracts: a half-call counts its called allele. Beside it somebody who is in a block there, or 0/0 in the VCF."""
    names = ["S0", "S1"]
    other = create_node(tmp_path / "other", "FI", disclosure_class=DisclosureClass.OPEN, clock=clock)[0]
    for at in (node, other):
        at.registry.enrol([person(at, i + 1, "F", name) for i, name in enumerate(names)])
    rows = [[f"5000100 C T,<NON_REF> . {call}:30:60:.:15,15,0"], ["5000000 A <NON_REF> END=5000200 0/0:30:60:25:30,0"]]
    import_genomes(node, [gvcf(tmp_path / f"{name}.g.vcf", rows[i], name) for i, name in enumerate(names)])
    store(other, tmp_path, "a.vcf", names, [Site("X", 5000100, "C", "T", [call, "0/0"])], assembly="GRCh38")
    assert counts(node) == counts(other) == {("X", 5000100, "C", "T"): expected}


SNV, INDEL = "5000100 A C,<NON_REF> . {}:60:.:15,15,0", "5000100 AG A,<NON_REF> . {}:60:.:15,15,0"
AROUND = ["5000000 A <NON_REF> END=5000099 0/0:30:60:25:30,0", "5000102 A <NON_REF> END=5000200 0/0:30:60:25:30,0"]


@pytest.mark.parametrize("turned", [False, True], ids=["as written", "turned"])
@pytest.mark.parametrize("together", [False, True], ids=["two commands", "one command"])
@pytest.mark.parametrize(
    ("snv", "indel", "expected"),  # AC, AN of the first sample's SNV, its indel, and the other sample's SNV
    [
        ("0/1:30", "0/1:30", ((1, 4), (1, 4), (1, 4))),
        ("0/1:30", "0/1:5", ((1, 4), (0, 2), (1, 4))),  # the doubted indel doubts itself alone
        ("0/1:5", "0/1:30", ((0, 2), (1, 4), (1, 4))),
        ("0/1:5", "0/1:5", ((0, 2), (0, 2), (1, 2))),
        ("0/1:30", "./.:30", ((1, 4), (0, 2), (1, 4))),
        ("./1:30", "0/1:5", ((1, 3), (0, 2), (1, 2))),  # half a call tells of its own alleles alone
    ],
)
def test_two_records_at_a_position__count_alike_in_any_order_and_grouping(
    tmp_path: Path, node: Node, snv: str, indel: str, expected: tuple[tuple[int, int], ...], together: bool, turned: bool
) -> None:
    """By hand: a sample is called where any believed record of it says so, and a doubted record doubts its own alleles."""
    node.registry.enrol([person(node, i + 1, "F", f"S{i}") for i in range(2)])
    own = [SNV.format(snv), INDEL.format(indel)][:: -1 if turned else 1]
    other = "5000100 A T,<NON_REF> . 0/1:30:60:.:15,15,0"
    rest = "5000101 G <NON_REF> END=5000200 0/0:30:60:25:30,0"
    rows = [[AROUND[0], *own, AROUND[1]], [AROUND[0], other, rest]]
    files = [gvcf(tmp_path / f"{i}.g.vcf", r, f"S{i}") for i, r in enumerate(rows)]
    for paths in [files] if together else [[file] for file in files]:
        import_genomes(node, paths)
    variants = [("X", 5000100, "A", "C"), ("X", 5000100, "AG", "A"), ("X", 5000100, "A", "T")]
    found = counts(node)
    assert [found[v] for v in variants] == list(expected)


@pytest.mark.parametrize("together", [False, True], ids=["two commands", "one command"])
def test_variant_inside_a_longer_record__counts_those_read_at_its_own_place(tmp_path: Path, node: Node, together: bool) -> None:
    """One sample writes AG>AT; the other is in a doubted block where that record begins, in a believed one at the variant."""
    node.registry.enrol([person(node, i + 1, "F", f"S{i}") for i in range(2)])
    blocks = ["5000000 A <NON_REF> END=5000100 0/0:5:5:5:5,0", "5000101 G <NON_REF> END=5000200 0/0:30:60:25:30,0"]
    rows = [["5000100 AG AT,<NON_REF> . 0/1:30:60:.:15,15,0"], blocks]
    files = [gvcf(tmp_path / f"{i}.g.vcf", r, f"S{i}") for i, r in enumerate(rows)]
    for paths in [files] if together else [[file] for file in files]:
        import_genomes(node, paths)
    assert counts(node) == {("X", 5000101, "G", "T"): (1, 4)}
