"""The registry keeps what it is told, on SQLite and on PostgreSQL alike: one contract, two back ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest
from setting import Said, clock

from goe.acts.create import create_node
from goe.acts.setting import open_node
from goe.errors import BadInput, Conflict, Damaged, GoeError, NotFound
from goe.rules.consent import ConsentEvent, Giver, LegalBasis, Manner, OptOut
from goe.rules.dataset import ClinicalDataSet, CountingEpoch, ReferenceDataSet
from goe.rules.participant import Participant, Sample
from goe.rules.thresholds import Measurement
from goe.rules.words import DisclosureClass, Karyotype, Scope
from goe.store import migrations
from goe.store.consents import BASIS
from goe.store.database import SCHEMAS, Location, create_database, open_database, shown, upgrade_database
from goe.store.models import CohortRow, QualityRow
from goe.store.providers import CohortRecord
from goe.store.registry import Enrolment, Registry
from goe.store.rows import reading

MAY, JUNE = date(2025, 5, 1), date(2025, 6, 1)
ANNA = Participant("GOE-FI-SUBJECT-1", "female", 1962, "FI", "FI1C")
FULL = Participant(
    "GOE-FI-SUBJECT-2", "other", 2012, "HL7NF:ASKU", "", "2012-05-17", "ASKU", "Roma", "2025-02", True
)  # fmt: skip
YES = ConsentEvent(Scope.ALLELE_FREQUENCY, True, MAY)
DETAILED = ConsentEvent(
    Scope.SECONDARY_USE, True, JUNE, date(2030, 1, 1), Manner.BROAD, Giver.GUARDIAN, "v2", "fi", ("DUO:0000042", "DUO:0000018"),
    ("FI", "SE"), ("GB",),
)  # fmt: skip
PEOPLE = [
    Enrolment(ANNA, (YES, ConsentEvent(Scope.ALLELE_FREQUENCY, False, JUNE)), (Sample("GOE-FI-SAMPLE-7", "S7", Karyotype.XX),)),
    Enrolment(FULL, (DETAILED,), (Sample("GOE-FI-SAMPLE-9", "S9"), Sample("GOE-FI-SAMPLE-8", "S8", Karyotype.XY))),
]
SUBJECTS = [p.participant.participant_id for p in PEOPLE]


class Contract:
    """What every registry does."""

    @pytest.fixture
    def places(self, tmp_path: Path) -> tuple[Location, Location]:
        raise NotImplementedError

    @pytest.fixture
    def registry(self, tmp_path: Path, places: tuple[Location, Location]) -> Registry:
        create_database(places[0], "registry")
        create_database(places[1], "links")
        return self.again(tmp_path, places)

    def again(self, folder: Path, places: tuple[Location, Location]) -> Registry:
        """The same databases, opened anew."""
        addresses = [place if isinstance(place, str) else "" for place in places]
        return Registry(folder, database=addresses[0], links_database=addresses[1])

    def test_people__come_back_as_they_were(
        self, registry: Registry, tmp_path: Path, places: tuple[Location, Location]
    ) -> None:
        registry.enrol(PEOPLE)
        found = self.again(tmp_path, places)
        assert found.participants() == {ANNA.participant_id: ANNA, FULL.participant_id: FULL}
        assert found.participant(FULL.participant_id) == FULL
        assert found.participant("GOE-FI-SUBJECT-3") is None
        assert found.consents() == {p.participant.participant_id: p.consents for p in PEOPLE}
        assert found.samples() == {s.genome: s for p in PEOPLE for s in p.samples}
        assert found.links() == {s.sample_id: p.participant.participant_id for p in PEOPLE for s in p.samples}
        assert set(found.samples_of(FULL.participant_id)) == set(PEOPLE[1].samples)

    def test_pages__hold_what_is_registered_of_each_person(self, registry: Registry) -> None:
        """One person a page, in the order asked for, each with the own history and samples and nobody else's."""
        registry.enrol(PEOPLE)
        with registry.writing() as writing:
            writing.add_bases([(SUBJECTS[0], LegalBasis("dpv:Consent", MAY))])
            writing.add(QualityRow, [Measurement("GOE-FI-SAMPLE-7", "call_rate", 0.5, "0" * 64, "P")])
        first, second = registry.pages(SUBJECTS[::-1], at_once=1)
        person, event = reading(Participant)[1], reading(ConsentEvent)[1]
        for page, one in ((first, PEOPLE[1]), (second, PEOPLE[0])):
            name = one.participant.participant_id
            assert [person(row) for row in page.people.values()] == [one.participant]
            assert tuple(event(row[1:-1]) for row in page.said[name] if row[0] is None) == one.consents
            assert {row[0] for row in page.samples[name]} == {s.sample_id for s in one.samples}
        assert [row[-1] for row in second.said[SUBJECTS[0]] if row[0] == BASIS] == ["dpv:Consent"]
        assert second.numbers == {"GOE-FI-SAMPLE-7": [("call_rate", 0.5, "P")]}
        assert first.numbers == first.values == {}
        assert sorted(registry.names()) == SUBJECTS

    def test_facts_of_consent__are_kept_apart(self, registry: Registry) -> None:
        registry.enrol(PEOPLE)
        basis, out = LegalBasis("dpv:PublicInterest", MAY, JUNE), [OptOut(True, MAY), OptOut(False, JUNE)]
        with registry.writing() as writing:
            writing.add_bases([(SUBJECTS[0], basis)])
            writing.add_opt_outs([(SUBJECTS[0], one) for one in out])
        assert registry.bases() == {SUBJECTS[0]: (basis,)}
        assert registry.opt_outs() == {SUBJECTS[0]: tuple(out)}
        assert registry.history(SUBJECTS[0]) == PEOPLE[0].consents
        assert registry.consents(Scope.SECONDARY_USE) == {SUBJECTS[1]: (DETAILED,)}

    def test_a_later_consent__stands_after_the_earlier_ones(self, registry: Registry) -> None:
        registry.enrol(PEOPLE)
        with registry.writing() as writing:
            writing.add_consents([(SUBJECTS[0], YES)])
        assert registry.history(SUBJECTS[0]) == (*PEOPLE[0].consents, YES)

    def test_a_count__is_told_of_each_genome_once(self, registry: Registry) -> None:
        registry.enrol(PEOPLE)
        found = registry.countable(Scope.ALLELE_FREQUENCY)
        assert [(c.genome, c.sample_id, c.participant_id, c.letter, c.region) for c in found] == [
            ("S7", "GOE-FI-SAMPLE-7", SUBJECTS[0], "F", "FI1C"),
            ("S8", "GOE-FI-SAMPLE-8", SUBJECTS[1], "M", ""),
            ("S9", "GOE-FI-SAMPLE-9", SUBJECTS[1], "U", ""),
        ]
        assert [c.events for c in found] == [PEOPLE[0].consents, (), ()]

    @pytest.mark.parametrize("twice", ["participant", "sample", "genome"])
    def test_a_name_that_is_taken__changes_nothing(self, registry: Registry, twice: str) -> None:
        registry.enrol(PEOPLE[:1])
        person = ANNA if twice == "participant" else replace(ANNA, participant_id="GOE-FI-SUBJECT-5")
        sample = Sample("GOE-FI-SAMPLE-7" if twice == "sample" else "GOE-FI-SAMPLE-5", "S7" if twice == "genome" else "S5")
        with pytest.raises(Conflict, match="registered already"):
            registry.enrol([PEOPLE[1], Enrolment(person, (YES,), (sample,))])
        assert list(registry.participants()) == SUBJECTS[:1]
        assert registry.links() == {"GOE-FI-SAMPLE-7": SUBJECTS[0]}

    def test_a_link_to_nobody__is_replaced(self, registry: Registry) -> None:
        """What a killed import leaves behind: the links are committed first."""
        registry._links.dispose()
        with registry._links.begin() as connection:
            connection.exec_driver_sql("INSERT INTO link VALUES ('GOE-FI-SAMPLE-7', 'GOE-FI-SUBJECT-99')")
        assert registry.countable(Scope.ALLELE_FREQUENCY) == []
        registry.enrol(PEOPLE)
        assert registry.links()["GOE-FI-SAMPLE-7"] == SUBJECTS[0]

    def test_a_corrected_record__replaces_the_old_one(self, registry: Registry) -> None:
        registry.enrol(PEOPLE)
        registry.amend(replace(FULL, region="FI1D", subgroup=""))
        assert registry.participants() == {SUBJECTS[0]: ANNA, SUBJECTS[1]: replace(FULL, region="FI1D", subgroup="")}

    def test_departed_people__are_remembered_by_pseudonym_alone(self, registry: Registry) -> None:
        registry.depart(["GOE-FI-SUBJECT-4"], "erased", MAY)
        assert registry.departed() == {"GOE-FI-SUBJECT-4": MAY}

    def test_epochs__keep_their_pairs(self, registry: Registry) -> None:
        registry.add_data_set(ReferenceDataSet("GOE-FI-DATASET-1", 1, DisclosureClass.REGISTERED))
        registry.enrol(PEOPLE)
        pairs = {("GOE-FI-SAMPLE-7", "b1"), ("GOE-FI-SAMPLE-8", "b1")}
        assert registry.newest_epoch() is None
        for number in (1, 2):
            registry.add_epoch(CountingEpoch(number, f"d{number}", 2), pairs if number == 2 else [], "GOE-FI-DATASET-1")
        assert registry.newest_epoch() == (CountingEpoch(2, "d2", 2), frozenset(pairs))
        assert registry.epoch_pairs(1) == frozenset()
        assert registry.data_set().disclosure_class is DisclosureClass.REGISTERED
        assert registry.sizes() == {"participant": 2, "sample": 3, "consent": 3, "epoch": 2}

    def test_each_data_set__has_epochs_of_its_own(self, registry: Registry) -> None:
        """The clinical special category and the reference share the numbers of epochs, and nothing else."""
        assert (registry.clinical_data_set(), registry.newest_number()) == (None, 0)
        clinical = ClinicalDataSet("GOE-FI-DATASET-2", 1, DisclosureClass.CONTROLLED)
        for data_set in (ReferenceDataSet("GOE-FI-DATASET-1", 1, DisclosureClass.OPEN), clinical):
            registry.add_data_set(data_set)
        registry.enrol(PEOPLE)
        for number, sample in ((1, 7), (2, 8)):
            pair = (f"GOE-FI-SAMPLE-{sample}", "b1")
            registry.add_epoch(CountingEpoch(number, f"d{number}", 1), [pair], f"GOE-FI-DATASET-{number}")
        assert registry.clinical_data_set() == clinical
        assert registry.data_set().data_set_id == "GOE-FI-DATASET-1"
        newest = registry.newest_epoch("GOE-FI-DATASET-1")
        assert newest == (CountingEpoch(1, "d1", 1), frozenset({("GOE-FI-SAMPLE-7", "b1")}))
        assert registry.newest_number() == 2

    def test_countable__says_the_kind_of_the_cohort(self, registry: Registry) -> None:
        cohorts = [CohortRecord("GOE-FI-COHORT-1", "clinical"), CohortRecord("GOE-FI-COHORT-2", "reference")]
        registry.kept(CohortRow, CohortRecord).add(cohorts)
        anna, full = (replace(e.participant, cohort_id=c.cohort_id) for e, c in zip(PEOPLE, cohorts, strict=True))
        registry.enrol([replace(PEOPLE[0], participant=anna), replace(PEOPLE[1], participant=full)])
        found = {c.genome: (c.cohort_id, c.category) for c in registry.countable(Scope.ALLELE_FREQUENCY)}
        reference = ("GOE-FI-COHORT-2", "reference")
        assert found == {"S7": ("GOE-FI-COHORT-1", "clinical"), "S8": reference, "S9": reference}

    def test_an_unknown_person__gets_no_consent(self, registry: Registry) -> None:
        with pytest.raises(Conflict), registry.writing() as writing:
            writing.add_consents([("GOE-FI-SUBJECT-3", YES)])
        assert registry.consents() == {}

    def test_schema__the_newest_opens_and_all_others_are_refused(
        self, registry: Registry, places: tuple[Location, Location]
    ) -> None:
        table = "alembic_version_registry" if isinstance(places[0], str) else "alembic_version"
        assert not upgrade_database(places[0], "registry")
        with registry._registry.begin() as connection:
            connection.exec_driver_sql(f"UPDATE {table} SET version_num = 'registry_9999'")
        for attempt in (open_database, upgrade_database):
            with pytest.raises(Conflict, match=r"unknown schema 'registry_9999'.*use the version of goe that wrote it"):
                attempt(places[0], "registry")


class TestSQLite(Contract):
    @pytest.fixture
    def places(self, tmp_path: Path) -> tuple[Location, Location]:
        return tmp_path / "registry.sqlite", tmp_path / "links.sqlite"


class TestPostgreSQL(Contract):
    numbers: ClassVar[Iterator[int]] = count()  # every second test keeps both in one database

    @pytest.fixture
    def places(self, postgres: Callable[[], str]) -> tuple[Location, Location]:
        one = postgres()
        return one, postgres() if next(self.numbers) % 2 else one

    def test_a_node__lives_on_the_server(
        self, tmp_path: Path, places: tuple[Location, Location], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GOE_DATABASE", str(places[0]))
        monkeypatch.setenv("GOE_LINKS_DATABASE", str(places[1]))
        node, new = create_node(tmp_path / "FI", "FI", clock=clock)
        assert new
        assert [p.name for p in (tmp_path / "FI").glob("*.sqlite")] == ["ledger.sqlite"]
        node.registry.enrol(PEOPLE)
        assert list(open_node(tmp_path / "FI").registry.participants()) == SUBJECTS

    def test_an_empty_database__is_no_registry(self, places: tuple[Location, Location]) -> None:
        with pytest.raises(NotFound, match="there is no registry in this database"):
            open_database(places[0], "registry")


def test_schemas__are_those_of_the_migrations() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    folder = Path(str(migrations.__file__)).parent
    for kind, known in SCHEMAS.items():
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.set_main_option("version_locations", str(folder / kind))
        config.set_main_option("path_separator", "os")
        assert [s.revision for s in ScriptDirectory.from_config(config).walk_revisions()][::-1] == list(known)


FIRST_SCHEMA = Path(__file__).with_name("registry_0001.sql")


def test_an_older_registry__is_named_then_upgraded_with_everybody_in_it(tmp_path: Path) -> None:
    """A registry as version 0.1.0 wrote it, kept as SQL."""
    path = tmp_path / "registry.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript(FIRST_SCHEMA.read_text(encoding="utf-8"))
    create_database(tmp_path / "links.sqlite", "links")
    with pytest.raises(Conflict, match=r"older schema 'registry_0001'.*goe node upgrade"):
        Registry(tmp_path)
    assert upgrade_database(path, "registry")
    assert not upgrade_database(path, "registry")
    found = Registry(tmp_path)
    assert found.participants() == {ANNA.participant_id: ANNA}
    assert found.consents() == {ANNA.participant_id: (YES,)}
    found.enrol(PEOPLE[1:])
    assert list(found.participants()) == SUBJECTS


def test_the_command__upgrades_and_says_so(tmp_path: Path, goe: Callable[..., Said]) -> None:
    create_node(tmp_path / "FI", "FI", clock=clock)
    path = tmp_path / "FI" / "registry.sqlite"
    path.unlink()
    with sqlite3.connect(path) as old:
        old.executescript(FIRST_SCHEMA.read_text(encoding="utf-8"))
    assert "goe node upgrade" in goe("participants", "list", "--dir", tmp_path / "FI").err
    assert goe("node", "upgrade", "--dir", tmp_path / "FI", "--json").out.split() == [
        "{",
        '"upgraded":',
        "[",
        '"registry"',
        "]",
        "}",
    ]
    assert ANNA.participant_id in goe("participants", "list", "--dir", tmp_path / "FI").out
    assert open_node(tmp_path / "FI").ledger.rows()[-1]["verb"] == "node:upgrade"


def test_an_upgrade_that_fails__changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "registry.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript(FIRST_SCHEMA.read_text(encoding="utf-8"))
        old.execute("CREATE TABLE minimal_value (surprise TEXT)")
    with pytest.raises(Damaged, match="it is as it was"):
        upgrade_database(path, "registry")
    with sqlite3.connect(path) as after:
        tables = {name for (name,) in after.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "provider" not in tables


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("nonsense", BadInput),
        ("mysql://goe:secret@here/goe", BadInput),
        ("postgresql://goe:secret@127.0.0.1:1/goe", NotFound),
    ],
)
def test_an_address_that_leads_nowhere__is_refused_without_its_password(address: str, error: type[GoeError]) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(error) as refused:
        open_database(address, "registry")
    assert "secret" not in str(refused.value)


def test_a_file_that_is_no_database__is_damaged(tmp_path: Path) -> None:
    (tmp_path / "registry.sqlite").write_text("people\n" * 400)
    with pytest.raises(Damaged):
        open_database(tmp_path / "registry.sqlite", "registry")


def test_passwords__are_not_shown() -> None:
    assert "secret" not in shown("postgresql://goe:secret@here/goe")
