"""Bad input: one clear sentence that names the place, the right exit code, and nothing is changed."""

from __future__ import annotations

import csv
import gzip
import hashlib
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from genomes import Site, vcf_text, write_vcf
from setting import Said, clock, tool

from goe.acts.create import create_node
from goe.acts.demonstrate import DEMO
from goe.acts.enrol import enrol
from goe.acts.import_genomes import import_genomes
from goe.acts.setting import Node
from goe.rules.words import Assembly, DisclosureClass

GOOD = vcf_text(["A", "B"], [Site("1", 10 + i, "A", "C", ["0/1", "0/0"]) for i in range(3000)])
HEAD = GOOD.count("\n", 0, GOOD.index("#CHROM")) + 1  # lines before the first record
BGZIPPED = DEMO / "FI" / "sites.GRCh38.vcf.gz"


def contents(folder: Path) -> dict[str, str]:
    """Checksum of every file, and every folder."""
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "" for p in sorted(folder.rglob("*"))}


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """A node with people and a batch, that none of the bad inputs may change."""
    node = create_node(tmp_path_factory.mktemp("bad") / "FI", "FI", disclosure_class=DisclosureClass.OPEN, clock=clock)[0]
    enrol(node, DEMO / "FI" / "participants.csv")
    import_genomes(node, BGZIPPED)
    return node


def record(*, place: str = "1\t10", ref: str = "A", alt: str = "C", gt: str = "0/1", form: str = "GT") -> str:
    return "\t".join([*place.split("\t"), ".", ref, alt, ".", "PASS", ".", form, gt, "0/0"]) + "\n"


def with_records(*records: str) -> bytes:
    return (GOOD[: GOOD.index("\n1\t") + 1] + "".join(records)).encode()


def corrupt(content: bytes, middle: int | None = None) -> bytes:
    """The same with bytes changed in the middle of the compressed data, or elsewhere."""
    middle = middle or len(content) // 2
    return content[:middle] + bytes(b ^ 0x5A for b in content[middle : middle + 40]) + content[middle + 40 :]


line = f"line {HEAD + 1}"
VCF: dict[str, tuple[str, bytes, str]] = {
    "empty": ("x.vcf", b"", "x.vcf: the file is empty"),
    "empty, compressed": ("x.vcf.gz", b"", "x.vcf.gz: the file is empty"),
    "nothing inside the gzip": ("x.vcf.gz", gzip.compress(b""), "x.vcf.gz"),
    "not a VCF": ("x.vcf", b"chrom,pos\n1,10\n", "does not begin like a VCF"),
    "not a VCF, binary": ("x.vcf", bytes(range(256)) * 9, "does not begin like a VCF"),
    "not a VCF, compressed": ("x.vcf.gz", gzip.compress(b"hello"), "does not begin like a VCF"),
    "another ending": ("x.txt", GOOD.encode(), "x.txt: the file has another ending"),
    "truncated bgzip": ("x.vcf.gz", BGZIPPED.read_bytes()[:-1000], "truncated"),
    "truncated bgzip, end marker only": ("x.vcf.gz", BGZIPPED.read_bytes()[:-28], "truncated"),
    "truncated bgzip, cut at 10 bytes": ("x.vcf.gz", BGZIPPED.read_bytes()[:10], "x.vcf.gz"),
    "corrupt bgzip": ("x.vcf.gz", corrupt(BGZIPPED.read_bytes()), "x.vcf.gz"),
    "corrupt bgzip, at its beginning": ("x.vcf.gz", corrupt(BGZIPPED.read_bytes(), 30), "x.vcf.gz"),
    "truncated gzip": ("x.vcf.gz", gzip.compress(GOOD.encode())[:-200], "truncated"),
    "corrupt gzip": ("x.vcf.gz", corrupt(gzip.compress(GOOD.encode())), "x.vcf.gz"),
    "truncated text, in a record": ("x.vcf", GOOD.encode()[:-6], f"line {HEAD + 3000}"),
    "truncated text, in the header": ("x.vcf", GOOD.encode()[:300], "#CHROM"),
    "no header line": ("x.vcf", b"##fileformat=VCFv4.2\n", "#CHROM"),
    "no samples": ("x.vcf", vcf_text([], []).replace("\tFORMAT", "").encode(), "no samples"),
    "unsorted": ("x.vcf", with_records(record(place="1\t20"), record(place="1\t10")), f"line {HEAD + 2}"),
    "chromosome returns": ("x.vcf", with_records(*(record(place=f"{c}\t20") for c in "121")), f"line {HEAD + 3}"),
    "duplicate samples": ("x.vcf", vcf_text(["A", "B", "A"], []).encode(), "x.vcf, sample column 3"),
    "unknown contig": ("x.vcf", with_records(record(), record(place="GL000191.1\t5")), f"line {HEAD + 2}"),
    "unknown contig, first": ("x.vcf", with_records(record(place="99\t5")), line),
    "REF beyond the contig": ("x.vcf", with_records(record(place="MT\t16569", ref="AC")), line),
    "position beyond the contig": ("x.vcf", with_records(record(place="22\t51304567")), line),
    "position zero": ("x.vcf", with_records(record(place="1\t0")), line),
    "position is a word": ("x.vcf", with_records(record(place="1\tten")), line),
    "REF is no base": ("x.vcf", with_records(record(ref="Q")), f"{line}, field REF"),
    "allele beyond ALT": ("x.vcf", with_records(record(), record(gt="0/2")), f"line {HEAD + 2}, field GT"),
    "allele beyond ALT, none there": ("x.vcf", with_records(record(alt=".", gt="0/1")), f"{line}, field GT"),
    "three alleles": ("x.vcf", with_records(record(gt="0/1/1")), f"{line}, field GT"),
    "GT is a word": ("x.vcf", with_records(record(gt="yes")), line),
    "too many columns": ("x.vcf", with_records(record(), record(gt="0/0\t0/1")), f"line {HEAD + 2}: the record has 12"),
    "too many columns, gz": ("x.vcf.gz", gzip.compress(with_records(record(gt="0/0\t0/1"))), f"{line}: the record has 12"),
    "REF is ALT": ("x.vcf", with_records(record(alt="a")), f"{line}, field ALT"),
    "ALT twice": ("x.vcf", with_records(record(alt="C,C")), f"{line}, field ALT"),
    "ALT is ambiguous": ("x.vcf", with_records(record(), record(alt="C,R")), f"line {HEAD + 2}, field ALT"),
    "ALT is not read": ("x.vcf", with_records(record(alt="N")), f"{line}, field ALT"),
    "REF is ALT, gVCF": ("x.vcf", with_records(record(alt="A,<NON_REF>")), f"{line}, field ALT"),
    "no records": ("x.vcf", with_records(), "x.vcf: the file has no records"),
    "no records, compressed": ("x.vcf.gz", gzip.compress(with_records()), "x.vcf.gz: the file has no records"),
    "no GT": ("x.vcf", with_records(record(form="DP", gt="7")), line),
    "too few columns": ("x.vcf", with_records(record().removesuffix("\t0/0\n") + "\n"), line),
    "gVCF allele in a VCF": ("x.vcf", with_records(record(), record(place="1\t20", alt="C,<*>")), f"line {HEAD + 2}: the"),
    "gVCF, allele beyond ALT": ("x.vcf", with_records(record(alt="C,<NON_REF>", gt="0/3")), f"{line}, field GT"),
    "assembly not told": ("x.vcf", GOOD.replace(",length=", ",len=").encode(), "--assembly"),
    "assemblies mixed": ("x.vcf", GOOD.replace("length=243199373", "length=242193529").encode(), "mixture"),
    "another genome": ("x.vcf", GOOD.replace("length=243199373", "length=182113224").encode(), "neither GRCh37 nor GRCh38"),
}  # fmt: skip


def one_sentence(said: Said, *, code: int = 1) -> str:
    """The sentence, after checking that it is one, that it is goe's, and that nothing else was said."""
    assert "Traceback" not in said.err + said.out
    assert said.code == code, said
    assert said.err.count("\n") == 1 and said.err.startswith("goe: ") and said.err.endswith(".\n"), said.err
    assert said.out == ""
    return said.err


@pytest.mark.parametrize("case", VCF)
def test_vcf(stocked: Node, tmp_path: Path, goe: Callable[..., Said], case: str) -> None:
    """Each file is refused with its name and, where there is one, line and field; the node is as before."""
    name, content, place = VCF[case]
    (tmp_path / name).write_bytes(content)
    before = contents(stocked.folder)
    sentence = one_sentence(goe("genomes", "import", tmp_path / name, "--dir", stocked.folder))
    assert name in sentence and place in sentence
    assert contents(stocked.folder) == before


@pytest.mark.oracle
def test_truncated_bcf(stocked: Node, tmp_path: Path, goe: Callable[..., Said]) -> None:
    """Cut, and cut with an end marker put behind the cut."""
    tool("bcftools")
    whole, file = tmp_path / "whole.bcf", tmp_path / "x.bcf"
    subprocess.run(["bcftools", "view", "-Ob", "-o", whole, BGZIPPED], check=True, capture_output=True)
    content, before = whole.read_bytes(), contents(stocked.folder)
    for cut in (content[:-40], content[: len(content) // 2] + content[-28:]):
        file.write_bytes(cut)
        assert "x.bcf" in one_sentence(goe("genomes", "import", file, "--dir", stocked.folder))
        assert contents(stocked.folder) == before


def test_assembly__may_not_contradict_the_lengths(stocked: Node, tmp_path: Path, goe: Callable[..., Said]) -> None:
    before = contents(stocked.folder)
    file = write_vcf(tmp_path / "x.vcf", ["A"], [Site("1", 10, "A", "C", ["0/1"])])
    said = goe("genomes", "import", file, "--assembly", "GRCh38", "--dir", stocked.folder)
    assert "--assembly says GRCh38; expected GRCh37" in one_sentence(said)
    assert contents(stocked.folder) == before


def test_two_files__the_second_is_bad__the_first_is_kept_whole(tmp_path: Path, node: Node, goe: Callable[..., Said]) -> None:
    """Each file is a batch of its own; the one that is refused leaves nothing."""
    good = write_vcf(tmp_path / "good.vcf", ["A"], [Site("1", 10, "A", "C", ["0/1"])])
    bad = write_vcf(tmp_path / "bad.vcf", ["A"], [Site("1", 10, "A", "C", ["0/7"])])
    said = goe("genomes", "import", good, bad, "--dir", node.folder)
    assert said.code == 1 and "bad.vcf" in said.err.splitlines()[-1]
    assert [b.batch_id for b in node.genomes.batches()] == ["batch-1"] and node.genomes.faults() == {}
    assert [p.name for p in (node.folder / "genomes").iterdir()] == ["batch-1"]


B37 = ["--assembly", "GRCh37"]
PLINK: dict[str, tuple[Callable[[Path], object], list[str], str]] = {
    "no assembly": (lambda f: None, [], "--assembly"),
    "truncated .bed": (lambda f: f.write_bytes(f.read_bytes()[:-1]), B37, "x.bed: the file has"),
    "empty .bed": (lambda f: f.write_bytes(b""), B37, "x.bed"),
    "other magic": (lambda f: f.write_bytes(b"l\x1b\x00" + f.read_bytes()[3:]), B37, "6c 1b 01"),
    "no .bim": (lambda f: f.with_suffix(".bim").unlink(), B37, "x.bim: the file is missing"),
    "no .fam": (lambda f: f.with_suffix(".fam").unlink(), B37, "x.fam: the file is missing"),
    "short .bim line": (
        lambda f: change_line(f.with_suffix(".bim"), 3, "1 rs1 0 7 A"),
        B37,
        "x.bim line 3",
    ),
    "unknown contig": (
        lambda f: change_line(f.with_suffix(".bim"), 2, "99 rs1 0 7 A C"),
        B37,
        "x.bim line 2",
    ),
    "position a word": (
        lambda f: change_line(f.with_suffix(".bim"), 2, "1 rs1 0 x A C"),
        B37,
        "x.bim line 2",
    ),
    "allele no base": (
        lambda f: change_line(f.with_suffix(".bim"), 1, "1 rs1 0 7 A Q"),
        B37,
        "x.bim line 1",
    ),
    "unsorted": (lambda f: change_line(f.with_suffix(".bim"), 14079, "1 rs1 0 7 A C"), B37, "line 14079"),
    "twice": (lambda f: double_last(f.with_suffix(".fam")), B37, "sample column"),
    "binary .bim": (lambda f: f.with_suffix(".bim").write_bytes(b"\xff\xfe\x00" * 9), B37, "x.bim"),
}


def change_line(path: Path, number: int, text: str) -> None:
    lines = path.read_text().splitlines()
    lines[number - 1] = text
    path.write_text("\n".join(lines) + "\n")


def double_last(path: Path) -> None:
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], lines[0]]) + "\n")


@pytest.mark.parametrize("case", PLINK)
def test_plink(stocked: Node, tmp_path: Path, goe: Callable[..., Said], case: str) -> None:
    """A fileset that is not what it should be is refused and leaves nothing."""
    damage, options, place = PLINK[case]
    for suffix in (".bed", ".bim", ".fam"):
        shutil.copyfile(DEMO / "FI" / f"structure{suffix}", tmp_path / f"x{suffix}")
    damage(tmp_path / "x.bed")
    before = contents(stocked.folder)
    assert place in one_sentence(goe("genomes", "import", tmp_path / "x.bed", *options, "--dir", stocked.folder))
    assert contents(stocked.folder) == before


PEOPLE: list[tuple[dict[str, str], list[str]]] = [
    ({"participant": "GOE-FI-SUBJECT-0"}, ["row 2, column participant", "GOE-FI-SUBJECT-1"]),
    ({"participant": "GOE-GB-SUBJECT-1"}, ["row 2, column participant"]),
    ({"sample": "Anna Virtanen"}, ["row 2, column sample"]),
    ({"genome": ""}, ["row 2, column genome"]),
    ({"sex": "woman"}, ["row 2, column sex: expected one of female, male, other, unknown"]),
    ({"karyotype": "XXY"}, ["row 2, column karyotype"]),
    ({"birth_year": "62"}, ["row 2, column birth_year"]),
    ({"birth_year": "2099"}, ["row 2, column birth_year"]),
    ({"birth_year": "²024"}, ["row 2, column birth_year"]),
    ({"country_of_origin": "Finland"}, ["row 2, column country_of_origin"]),
    ({"consent_from": "14.10.2024"}, ["row 2, column consent_from"]),
    ({"consent_from": "20241014"}, ["row 2, column consent_from"]),
    ({"consent_from": "2024-W42-1"}, ["row 2, column consent_from"]),
    ({"region": "Mannerheimintie 5"}, ["row 2, column region: expected a NUTS code"]),
    ({"region": "fi1c"}, ["row 2, column region"]),
    ({"consent_from": "2099-01-01"}, ["row 2, column consent_from"]),
    ({"allele_frequency": "ja"}, ["row 2, column allele_frequency: expected yes or no"]),
    ({"sex": "?", "secondary_use": ""}, ["2 fault(s)", "column sex", "column secondary_use"]),
]


@pytest.mark.parametrize(("change", "places"), PEOPLE)
def test_participants(
    stocked: Node, tmp_path: Path, goe: Callable[..., Said], change: dict[str, str], places: list[str]
) -> None:
    """Every faulty cell is named by row and column, never by its value; nobody is registered."""
    good = dict(next(csv.DictReader((DEMO / "FI" / "participants.csv").open(newline=""))))
    row = {**good, "participant": "GOE-FI-SUBJECT-900", "sample": "GOE-FI-SAMPLE-900", "genome": "new", **change}
    with (tmp_path / "people.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(good))
        writer.writeheader()
        writer.writerow(row)
    before = contents(stocked.folder)
    sentence = one_sentence(goe("participants", "import", tmp_path / "people.csv", "--dir", stocked.folder))
    assert all(place in sentence for place in ["people.csv", *places])
    assert not any(value in sentence for value in change.values() if len(value) > 3), "the value may be personal"
    assert contents(stocked.folder) == before


PARTICIPANT_FILES = {
    "no such file": (None, "no such file"),
    "empty": (b"", "line 1"),
    "semicolons": (
        (DEMO / "FI" / "participants.csv").read_bytes().replace(b",", b";"),
        "line 1: the columns are separated by ';'; expected ','",
    ),
    "tabs": (
        (DEMO / "FI" / "participants.csv").read_bytes().replace(b",", b"\t"),
        "line 1: the columns are separated by tabs; expected ','",
    ),
    "a long row": (
        (DEMO / "FI" / "participants.csv").read_bytes().replace(b",FI1D,", b",FI1D,x,", 1),
        "row 3: the row has more",
    ),
    "a column missing": (b"participant,sample\n", "karyotype"),
    "Latin-1": ((DEMO / "FI" / "participants.csv").read_bytes().replace(b"FI1C", b"\xe4"), "UTF-8"),
    "twice": (
        b"".join(line for i, line in enumerate((DEMO / "FI" / "participants.csv").open("rb")) for _ in range(1 + (i == 5))),
        "occurs more than once",
    ),
    "registered otherwise": (
        (DEMO / "FI" / "participants.csv").read_bytes().replace(b",XX,", b",XY,", 1),
        "registered with other values",
    ),
    "a short row": ((DEMO / "FI" / "participants.csv").read_bytes()[:-30], "row 100"),
}


@pytest.mark.parametrize("case", PARTICIPANT_FILES)
def test_participants_file(stocked: Node, tmp_path: Path, goe: Callable[..., Said], case: str) -> None:
    content, place = PARTICIPANT_FILES[case]
    if content is not None:
        (tmp_path / "people.csv").write_bytes(content)
    before = contents(stocked.folder)
    assert place in one_sentence(goe("participants", "import", tmp_path / "people.csv", "--dir", stocked.folder))
    assert contents(stocked.folder) == before


IDS = [
    *("", "hello", "rs", "rs12345678901234", "2-136608646", "2-136608646-G", "2-136608646-G-A-T", "2-136608646-G-\n"),
    *("2-0-G-A", "2-999999999-G-A", "23x-5-G-A", "2-136608646-G-G", "2-1e5-G-A", "2-136608646-J-A", "2-\u0661\u0662-G-A"),
    *("<script>alert(1)</script>", "2-136608646-G-A; DROP", "2\u2013136608646\u2013G\u2013A"),
    *("9" * 5000, f"2-{'9' * 4000}-G-A", f"2-{'9' * 5000}-G-A"),
]


@pytest.mark.parametrize("name", IDS, ids=lambda name: ascii(name[:30]))
def test_malformed_variant_id(stocked: Node, goe: Callable[..., Said], name: str) -> None:
    """One short line with an example or the reason, whatever is typed."""
    sentence = one_sentence(goe("variant", "show", "--dir", stocked.folder, "--", name))
    assert len(sentence) < 300


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (["genomes", "list"], "this folder is not a node"),
        (["genomes", "import", BGZIPPED], "this folder is not a node"),
        (["participants", "import", DEMO / "FI" / "participants.csv"], "this folder is not a node"),
        (["release", "build"], "this folder is not a node"),
        (["release", "verify"], "this folder is not a node"),
        (["variant", "show", "2-136608646-G-A"], "this folder is not a node"),
        (["ledger", "verify"], "this folder is not a node"),
        (["check"], "this folder is not a node"),
        (["serve"], "this folder is not a node"),
    ],
    ids=lambda value: " ".join(map(str, value[:2])) if isinstance(value, list) else "",
)
def test_folder_that_is_no_node(tmp_path: Path, goe: Callable[..., Said], arguments: list[object], place: str) -> None:
    """An empty folder and one that is not there: named, with the way on; neither is filled or made."""
    for folder, what in ((tmp_path / "empty", place), (tmp_path / "absent", "there is no such folder")):
        if folder.name == "empty":
            folder.mkdir()
        sentence = one_sentence(goe(*arguments, "--dir", folder))
        assert str(folder) in sentence and what in sentence and "goe node init" in sentence
    assert [p.name for p in tmp_path.iterdir()] == ["empty"] and not list((tmp_path / "empty").iterdir())


def test_folder_of_something_else__demo_and_init_refuse(tmp_path: Path, goe: Callable[..., Said], stocked: Node) -> None:
    """A folder with files in it is never written into."""
    (tmp_path / "thesis.txt").write_text("mine")
    for command in (["demo", "--no-serve"], ["node", "init", "--country", "FI"]):
        assert "not empty" in one_sentence(goe(*command, "--dir", tmp_path))
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]
    before = contents(stocked.folder)
    assert "this is the node of FI" in one_sentence(goe("node", "init", "--country", "ES", "--dir", stocked.folder))
    assert goe("demo", "--no-serve", "--dir", stocked.folder).code == 1
    assert contents(stocked.folder) == before


def test_port_in_use(tmp_path: Path, goe: Callable[..., Said], stocked: Node) -> None:
    """Said before anything is made or opened for service."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"port {port}" in one_sentence(goe("serve", "--port", port, "--dir", stocked.folder))
        assert f"port {port}" in one_sentence(goe("demo", "--port", port, "--dir", tmp_path / "demo"))
    assert not list(tmp_path.iterdir())


def test_settings__a_wrong_one_is_named(
    tmp_path: Path, goe: Callable[..., Said], copy_of: Callable[[Path], Path], stocked: Node
) -> None:
    folder = copy_of(stocked.folder)
    whole = (folder / "node.toml").read_text()
    for text, place in (
        (whole + 'colour = "blue"\n', "colour"),
        (whole.replace('assembly = ""', 'assembly = "hg19"'), "hg19"),
        (whole + "[[[\n", "node.toml"),
    ):
        (folder / "node.toml").write_text(text)
        sentence = one_sentence(goe("genomes", "list", "--dir", folder))
        assert place in sentence and "node.toml" in sentence


@pytest.mark.parametrize("country", ['country = "XX"\n', ""])
def test_country__a_wrong_one_is_named_with_its_file(
    goe: Callable[..., Said], copy_of: Callable[[Path], Path], stocked: Node, country: str
) -> None:
    file = copy_of(stocked.folder) / "node.toml"
    file.write_text(file.read_text().replace('country = "FI"\n', country))
    assert "node.toml" in one_sentence(goe("genomes", "list", "--dir", file.parent))


@pytest.mark.parametrize("name", ["registry.sqlite", "links.sqlite", "ledger.sqlite"])
def test_database__damaged_or_missing(
    goe: Callable[..., Said], copy_of: Callable[[Path], Path], stocked: Node, tmp_path: Path, name: str
) -> None:
    """Named with its path; an import into such a node stores nothing."""
    folder = copy_of(stocked.folder)
    file = write_vcf(tmp_path / "x.vcf", ["A"], [Site("1", 10, "A", "C", ["0/1"])])
    for content in (b"this is no database" * 50, b"", None):
        (folder / name).unlink(missing_ok=True)
        if content is not None:
            (folder / name).write_bytes(content)
        assert name in one_sentence(goe("genomes", "import", file, "--dir", folder))
        assert sorted(p.name for p in (folder / "genomes").iterdir()) == ["batch-1"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["variant", "show"],
        ["variant", "list"],
        ["nonsense"],
        ["genomes", "import"],
        ["genomes", "import", "x.vcf", "--assembly", "hg19"],
        ["node", "init"],
        ["serve", "--port", "99999999"],
        ["release", "build", "--colour", "blue"],
    ],
    ids=" ".join,
)
def test_usage_error__is_exit_2(goe: Callable[..., Said], arguments: list[str], stocked: Node) -> None:
    said = goe(*arguments, *([] if "nonsense" in arguments else ["--dir", stocked.folder]))
    assert said.code == 2 and said.out == "" and said.err and "Traceback" not in said.err


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (["variant", "show", "2-136608646-G-A"], "nothing has been published"),
        (["release", "verify"], "there is no release"),
        (["release", "show"], "nothing has been published"),
        (["release", "build", "--assembly", "GRCh37"], "no batch of GRCh37"),
        (["release", "build", "--version", "../../x"], "--version"),
        (["release", "build", "--version", ".."], "--version"),
        (["genomes", "list", "--country", "ES"], "this is the node of FI"),
        (["genomes", "list", "--country", "Atlantis"], "Atlantis"),
        (["genomes", "list", "-o", "table.xlsx"], ".xlsx"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else "",
)
def test_refused__with_a_reason(goe: Callable[..., Said], stocked: Node, arguments: list[str], place: str) -> None:
    before = contents(stocked.folder)
    assert place in one_sentence(goe(*arguments, "--dir", stocked.folder))
    assert contents(stocked.folder) == before


def test_root_without_country__says_which_there_are(demo, goe: Callable[..., Said]) -> None:  # type: ignore[no-untyped-def]
    assert "FI, GB, ES, IT" in one_sentence(goe("genomes", "list", "--dir", demo.folder))
    assert Assembly.GRCh37 in goe("genomes", "list", "--country", "FI", "--dir", demo.folder).out
