"""The gate at a node: the demonstration's people, the certificate, withdrawals, providers, deliveries and requests."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from setting import SHARED, Said

from goe.acts.include import Check, Question
from goe.acts.setting import Node, Root, open_node
from goe.rules.events import Deed
from goe.rules.phenotypes import MinimalValue
from goe.store.models import MinimalValueRow, QualityRow
from goe.store.records import table_of

Run = Callable[..., Said]
PERSON = "GOE-FI-SUBJECT-42"


@pytest.fixture
def finland(demo: Root, copy_of: Callable[[Path], Path]) -> Path:
    """The demonstration, to be changed."""
    return copy_of(demo.folder)


def test_the_demonstration__fails_exactly_three_in_each_nation(demo: Root) -> None:
    for node in demo.nodes.values():
        check = Check(node, Question())
        failing = [v for v in check.verdicts() if not v.admitted]
        assert len(failing) == 3
        assert {f.criterion for v in failing for f in v.of(v.result)} == {"allele_frequency_consent"}


def test_the_demonstration__has_the_minimal_data_set_labelled_synthetic(demo: Root) -> None:
    """Every mandatory item has a value, a few records say little, and no value is wrong."""
    for node in demo.nodes.values():
        check = Check(node, Question())
        for _ in check.verdicts():
            pass
        counts = {(name, result.value): n for (_, name, result), n in check.funnel.counts.items()}
        assert counts["mandatory_items", "pass"] == counts["valid_values", "pass"] == check.funnel.people
        assert 0 < counts["null_rate", "warn"] < 10
        names = {v.value for v in node.registry.kept(MinimalValueRow, MinimalValue).all(part="Digital Resource", item="Name")}
        assert names == {"synthetic record of the goe demonstration"}


def test_a_value_that_the_model_refuses__fails_its_person(finland: Path, goe: Run) -> None:
    node = open_node(finland, "FI")
    with node.registry.writing() as writing:  # as another program may have left it
        values = table_of(MinimalValueRow)
        target = (values.c.about == "GOE-FI-SAMPLE-1") & (values.c.item == "Target")
        writing.registry.execute(values.update().where(target).values(value="whole"))
    said = goe("include", "check", "--dir", finland, "--country", "FI", "--participant", PERSON)
    assert said.code == 1
    assert "Sequence.Target: not a value of the item's list" in said.out


def test_the_json__is_as_promised_and_the_same_each_time(demo: Root, goe: Run) -> None:
    said = [goe("include", "check", "--dir", demo.folder, "--country", "ES", "--day", "2026-11-01", "--json") for _ in range(2)]
    assert said[0].out == said[1].out
    assert said[0].code == 1, "three people are kept out"
    found = json.loads(said[0].out)
    assert set(found) == {"participants", "summary"}
    assert found["summary"] == {"pass": 0, "warn": 104, "fail": 3, "unknown": 0}
    assert len(found["participants"]) == 107


def test_one_person__alone_and_a_stranger(demo: Root, goe: Run) -> None:
    one = goe("include", "check", "--dir", demo.folder, "--country", "FI", "--participant", PERSON, "--json")
    assert (one.code, len(json.loads(one.out)["participants"])) == (0, 1)
    none = goe("include", "check", "--dir", demo.folder, "--country", "FI", "--participant", "GOE-FI-SUBJECT-4242")
    assert none.code == 1
    assert "nobody to check" in none.err


def test_a_thin_genome__fails_with_a_sentence_that_a_steward_understands(finland: Path, goe: Run, tmp_path: Path) -> None:
    """The real 2.7x file of Picard, for a person who had no numbers of coverage."""
    source = SHARED / "data" / "qc" / "multiqc" / "picard" / "WgsMetrics" / "test2.wgs.metrics.txt"
    if not source.is_file():
        pytest.skip("the shared data pack is not here")
    node = open_node(finland, "FI")
    with node.registry.writing() as writing:  # as a registry whose laboratory has not reported yet
        writing.registry.execute(table_of(QualityRow).delete())
    shutil.copy(source, tmp_path / "HG00285.wgs.metrics.txt")
    assert goe("include", "quality", tmp_path / "HG00285.wgs.metrics.txt", "--dir", finland, "--country", "FI").code == 0
    said = goe("include", "check", "--dir", finland, "--country", "FI", "--participant", PERSON)
    assert said.code == 1
    assert "2.7× mean coverage; the profile asks for at least 15.0×" in said.out
    assert "ask the laboratory to sequence again" in said.err


def test_a_certificate__is_signed_stands_and_names_no_person(finland: Path, goe: Run) -> None:
    certificate = finland / "FI" / "documents" / "inclusion" / "0001" / "certificate.json"
    text = certificate.read_text(encoding="utf-8")
    assert "SUBJECT" not in text
    assert json.loads(text)["body"]["admitted"] == 96
    again = goe("include", "verify", certificate, "--dir", finland)
    assert again.code == 0, again
    assert "all reproduced" in again.out
    key = (finland / "FI" / "keys" / "signing.pub").read_text().strip()
    away = goe("include", "verify", certificate, "--key", key, "--json")
    assert away.code == 0
    assert json.loads(away.out)["reproduced"] is None


def test_a_certificate_changed_by_one_byte__is_refused(finland: Path, goe: Run) -> None:
    certificate = finland / "FI" / "documents" / "inclusion" / "0001" / "certificate.json"
    whole = certificate.read_bytes()
    certificate.write_bytes(whole.replace(b'"admitted": 96', b'"admitted": 97'))
    said = goe("include", "verify", certificate, "--dir", finland)
    assert said.code == 1
    assert "changed after it was written" in said.err
    certificate.write_bytes(whole)
    wrong_key = goe("include", "verify", certificate, "--key", "0" * 64)
    assert wrong_key.code == 1


def test_applying_again__changes_nothing_and_another_profile_says_who_changed(finland: Path, goe: Run) -> None:
    first = goe("include", "apply", "--dir", finland, "--country", "FI", "--day", "2026-11-01", "--json")
    again = goe("include", "apply", "--dir", finland, "--country", "FI", "--day", "2026-11-01", "--json")
    assert json.loads(again.out)["new"] is False
    assert json.loads(again.out)["certificate"] == json.loads(first.out)["certificate"]
    other = json.loads(goe("include", "apply", "--dir", finland, "--country", "FI", "--profile", "all-of-us", "--json").out)
    assert other["changed"] == json.loads(first.out)["admitted"] - other["admitted"] > 0


def test_a_withdrawal__says_its_ripple_first_and_then_holds(finland: Path, goe: Run) -> None:
    where = (PERSON, "--dir", finland, "--country", "FI")
    before = goe("consent", "withdraw", *where, "--json")
    assert json.loads(before.out)["releases"] == ["GRCh37 2026.1", "GRCh38 2026.1"]
    assert goe("consent", "explain", *where).code == 0, "nothing was changed"
    counts = [
        goe("genomes", "count", "--dir", finland, "--country", "FI", "--assembly", "GRCh38").out.splitlines()[1].split("\t")[6]
    ]
    assert goe("consent", "withdraw", *where, "--yes").code == 0
    counts.append(
        goe("genomes", "count", "--dir", finland, "--country", "FI", "--assembly", "GRCh38").out.splitlines()[1].split("\t")[6]
    )
    assert int(counts[0]) - int(counts[1]) == 2, "two alleles fewer are read"
    assert goe("consent", "explain", *where).code == 1
    assert "nothing was changed" in goe("consent", "withdraw", *where, "--yes").err
    assert [r["verb"] for r in open_node(finland, "FI").ledger.rows()].count(Deed.CONSENT_WITHDRAWN) == 1


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--given", "recontact", "--day", "2096-01-01"), "is to come"),
        (("--given", "recontact", "--day", "1900-01-01"), "before the person's birth"),
        (("--withheld", "allele_frequency", "--day", "2024-10-14"), "both given and withheld"),
        (("--given", "recontact", "--withheld", "recontact"), "both given and withheld"),
        (("--given", "recontact", "--duo", "DUO:9"), "not a DUO code"),
        (("--basis", "GDPR"), "no legal basis"),
        (("--opt-out", "--opt-in"), "contradict"),
        ((), "nothing to record"),
    ],
)
def test_a_consent_that_cannot_be__is_refused_and_nothing_is_recorded(
    finland: Path, goe: Run, options: tuple[str, ...], why: str
) -> None:
    before = open_node(finland, "FI").registry.history(PERSON)
    said = goe("consent", "record", PERSON, "--dir", finland, "--country", "FI", *options)
    assert said.code == 1
    assert why in said.err
    assert open_node(finland, "FI").registry.history(PERSON) == before


def test_an_objection__ends_the_counting_and_leaves_the_consent(finland: Path, goe: Run) -> None:
    where = (PERSON, "--dir", finland, "--country", "FI")
    assert goe("rights", "object", *where).code == 0
    found = json.loads(goe("consent", "explain", *where, "--json").out)
    assert (found["ethics"]["permitted"], found["opt_out"]["permitted"]) == (True, False)


def test_an_erasure__leaves_nothing_and_the_pseudonym_never_comes_back(finland: Path, goe: Run, tmp_path: Path) -> None:
    where = (PERSON, "--dir", finland, "--country", "FI")
    assert goe("rights", "erase", *where).code == 0
    assert goe("rights", "access", *where).code == 0, "without --yes nothing happens"
    assert goe("rights", "erase", *where, "--yes").code == 0
    assert goe("rights", "access", *where).code == 1
    assert "HG00285" not in open_node(finland, "FI").registry.samples()
    source = (Path(__file__).parents[2] / "goe" / "data" / "demo" / "FI" / "participants.csv").read_text().splitlines()
    (tmp_path / "again.csv").write_text("\n".join([source[0], *(r for r in source if r.startswith(f"{PERSON},"))]) + "\n")
    said = goe("participants", "import", tmp_path / "again.csv", "--dir", finland, "--country", "FI")
    assert said.code == 1
    assert "erased" in said.err
    assert goe("check", "--dir", finland).code == 0


def test_a_crosswalk__opens_a_broad_consent_when_it_is_signed(finland: Path, goe: Run, tmp_path: Path) -> None:
    where = (PERSON, "--dir", finland, "--country", "FI")
    broad = ("--given", "secondary_use", "--manner", "broad", "--document", "2009", "--day", "2025-06-01")
    assert goe("consent", "record", *where, *broad).code == 0
    asked = ("consent", "explain", *where, "--scope", "secondary_use", "--purpose", "research")
    assert "no crosswalk signed by a reviewer" in goe(*asked).out
    said = {
        "document": "2009",
        "scopes": ["secondary_use"],
        "duo": ["DUO:0000042"],
        "reviewer": "board",
        "signed_on": "2026-01-01",
    }
    (tmp_path / "walk.json").write_text(json.dumps(said))
    assert goe("consent", "crosswalk", tmp_path / "walk.json", "--dir", finland, "--country", "FI").code == 0
    assert goe(*asked).code == 0


def test_a_delivery__is_compared_with_its_manifest(node: Node, goe: Run, tmp_path: Path) -> None:
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "a.vcf").write_text("a")
    (folder / "b.vcf").write_text("changed")
    (folder / "extra.vcf").write_text("x")
    sha = hashlib.sha256(b"a").hexdigest()
    rows = ["barcode,genome,file,sha256", f"1,G1,a.vcf,{sha}", f"2,G2,b.vcf,{sha}", f"2,G3,c.vcf,{sha}"]
    (folder / "manifest.csv").write_text("\n".join(rows) + "\n")
    said = goe("include", "delivery", folder / "manifest.csv", "--dir", node.folder, "--json")
    assert said.code == 1
    faults = [f["fault"] for f in json.loads(said.out)["faults"]]
    for expected in ("checksum differs", "is missing", "barcode is that of row 3", "no row of the manifest", "not registered"):
        assert any(expected in fault for fault in faults), expected


def test_a_pipeline__warns_until_truth_set_and_control_are_recorded(finland: Path, goe: Run, tmp_path: Path) -> None:
    """By hand: 95 of Finland's 99 genomes have invented numbers of the pipeline `synthetic`, 4 real ones of another."""

    def counted() -> dict[str, int]:
        check = Check(open_node(finland, "FI"), Question())
        for _ in check.verdicts():
            pass
        return {r.value: n for (_, name, r), n in check.funnel.counts.items() if name == "pipeline_compared"}

    where, report = ("--dir", finland, "--country", "FI"), tmp_path / "summary.csv"
    report.write_text("Type,METRIC.Recall\nSNP,0.9987\n")
    assert counted() == {"warn": 99}
    assert goe("include", "pipeline", *where).code == 1
    measured = ("include", "pipeline", "synthetic", "--recall", "0.9987", "--precision", "0.9991", "--truth-set", "GIAB 4.2.1")
    assert goe(*measured, *where).code == 0
    assert counted() == {"warn": 99}, "the control sample is missing"
    whole = (*measured, "--control-sample", "HG002", "--report", report)
    assert "Recorded." in goe(*whole, *where).err
    assert "already" in goe(*whole, *where).err
    assert counted() == {"warn": 4, "pass": 95}
    found = next(f for v in Check(open_node(finland, "FI"), Question()).verdicts() for f in v.findings if "0.9987" in str(f))
    assert found.outcome.evidence == "recall 0.9987, precision 0.9991 against GIAB 4.2.1, control HG002"
    assert [r["verb"] for r in open_node(finland, "FI").ledger.rows()].count(Deed.PIPELINE_RECORDED) == 2


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--recall", "99.8", "--truth-set", "GIAB"), "no share"),
        (("--precision", "nan", "--truth-set", "GIAB"), "no share"),
        (("--recall", "0.9"), "none is named"),
        ((), "nothing to record"),
        (("--control-sample", "HG002", "--report", "nowhere.csv"), "no such file"),
    ],
)
def test_a_pipeline_that_cannot_be__is_refused(node: Node, goe: Run, options: tuple[str, ...], why: str) -> None:
    said = goe("include", "pipeline", "P", *options, "--dir", node.folder)
    assert (said.code, said.err.count("\n") > 0) == (1, True)
    assert why in said.err
    assert not (node.folder / "documents" / "pipelines").exists()


def test_a_clinical_cohort__never_becomes_a_reference_cohort(node: Node, goe: Run) -> None:
    cohort = ("provider", "cohort", "GOE-FI-COHORT-1", "--dir", node.folder)
    assert goe(*cohort, "--clinical").code == 0
    assert goe(*cohort, "--clinical").code == 0
    assert goe(*cohort).code == 1
    exome = goe("provider", "cohort", "GOE-FI-COHORT-2", "--clinical", "--target", "WES", "--dir", node.folder)
    assert exome.code == 1
    assert "target regions" in exome.err


def test_the_report__is_one_page_with_the_funnel_and_nothing_from_elsewhere(demo: Root, goe: Run, tmp_path: Path) -> None:
    assert goe("include", "check", "--dir", demo.folder, "--country", "IT", "--report", tmp_path / "r.html").code == 1
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "104 of 107 people can be included" in page
    assert "Through the four pillars" in page
    assert "withheld or withdrawn" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in page
