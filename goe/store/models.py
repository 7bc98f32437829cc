"""The tables of a node, in three databases: the registry, the links between pseudonyms, and the ledger.

Links are a database of their own so that it can be kept elsewhere: whoever holds only the registry cannot tell whose genome
is whose. A day that may be known to the month or year alone is text (`1962`, `1962-05`, `1962-05-17`).
"""

from __future__ import annotations

from sqlalchemy import Boolean, Date, Float, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Registry(DeclarativeBase):
    """Participants, consents, samples, data sets, counting epochs."""


class Links(DeclarativeBase):
    """Which sample is whose."""


class LedgerTables(DeclarativeBase):
    """What was done."""


class ProviderRow(Registry):
    """Who includes data: biobank, cohort, hospital."""

    __tablename__ = "provider"
    provider_id: Mapped[str] = mapped_column(String, primary_key=True)
    name: Mapped[str] = mapped_column(String)


class ProviderDocumentRow(Registry):
    """A version of a document of a provider, known by its SHA-256: approval, DPIA, agreement, information sheet."""

    __tablename__ = "provider_document"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    provider_id: Mapped[str] = mapped_column(ForeignKey("provider.provider_id"), index=True)
    kind: Mapped[str] = mapped_column(String)
    version: Mapped[str] = mapped_column(String)
    language: Mapped[str] = mapped_column(String)
    since: Mapped[Date] = mapped_column(Date)
    until: Mapped[Date | None] = mapped_column(Date)
    digest: Mapped[str] = mapped_column(String)


class CohortRow(Registry):
    """People who were included together; a reference cohort or the clinical special category, never both."""

    __tablename__ = "cohort"
    cohort_id: Mapped[str] = mapped_column(String, primary_key=True)
    kind: Mapped[str] = mapped_column(String)  # "reference" or "clinical"
    target: Mapped[str] = mapped_column(String)  # "WGS" or "WES"
    target_bed: Mapped[str | None] = mapped_column(String)  # SHA-256 of the target regions of a WES cohort
    title: Mapped[str] = mapped_column(String)
    provider_id: Mapped[str | None] = mapped_column(ForeignKey("provider.provider_id"))


class ParticipantRow(Registry):
    """A person. `sex` is the administrative gender as recorded."""

    __tablename__ = "participant"
    participant_id: Mapped[str] = mapped_column(String, primary_key=True)
    sex: Mapped[str] = mapped_column(String)
    birth_year: Mapped[int | None] = mapped_column(Integer)
    country_of_origin: Mapped[str] = mapped_column(String)
    region: Mapped[str] = mapped_column(String)
    birth_date: Mapped[str | None] = mapped_column(String)
    sex_at_birth: Mapped[str | None] = mapped_column(String)
    subgroup: Mapped[str | None] = mapped_column(String)
    died_on: Mapped[str | None] = mapped_column(String)
    guardian: Mapped[bool | None] = mapped_column(Boolean)
    provider_id: Mapped[str | None] = mapped_column(ForeignKey("provider.provider_id"))
    cohort_id: Mapped[str | None] = mapped_column(ForeignKey("cohort.cohort_id"), index=True)


class DepartureRow(Registry):
    """A pseudonym that was erased: it may never come back, so this is all that is kept."""

    __tablename__ = "departure"
    pseudonym: Mapped[str] = mapped_column(String, primary_key=True)
    kind: Mapped[str] = mapped_column(String)
    since: Mapped[Date] = mapped_column(Date)


class ConsentRow(Registry):
    """One event of a consent history, in the order of recording. Lists are codes separated by spaces.

    `fact` is the ethics consent, the legal basis or the EHDS opt-out; `scope` is empty where the fact has none.
    """

    __tablename__ = "consent"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.participant_id"), index=True)
    scope: Mapped[str] = mapped_column(String, index=True)
    given: Mapped[bool] = mapped_column(Boolean)
    since: Mapped[Date] = mapped_column(Date)
    fact: Mapped[str | None] = mapped_column(String)
    until: Mapped[Date | None] = mapped_column(Date)
    manner: Mapped[str | None] = mapped_column(String)  # opt_in, opt_out, broad
    giver: Mapped[str | None] = mapped_column(String)  # self, guardian
    document: Mapped[str | None] = mapped_column(String)  # version of the form or information sheet
    language: Mapped[str | None] = mapped_column(String)
    duo: Mapped[str | None] = mapped_column(String)
    countries: Mapped[str | None] = mapped_column(String)
    not_countries: Mapped[str | None] = mapped_column(String)
    basis: Mapped[str | None] = mapped_column(String)  # DPV term
    reviewer: Mapped[str | None] = mapped_column(String)  # who signed the crosswalk of a legacy consent
    recorded_at: Mapped[str | None] = mapped_column(String)
    details: Mapped[str | None] = mapped_column(String)  # JSON of what else was said


class SampleRow(Registry):
    """A genome."""

    __tablename__ = "sample"
    sample_id: Mapped[str] = mapped_column(String, primary_key=True)
    genome: Mapped[str] = mapped_column(String, unique=True)
    karyotype: Mapped[str] = mapped_column(String)


class DataSetRow(Registry):
    """A data set."""

    __tablename__ = "data_set"
    data_set_id: Mapped[str] = mapped_column(String, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    disclosure_class: Mapped[str] = mapped_column(String)
    kind: Mapped[str] = mapped_column(String)  # "reference"; the clinical special category is another kind


class EpochRow(Registry):
    """A counting epoch."""

    __tablename__ = "epoch"
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    data_set_id: Mapped[str] = mapped_column(ForeignKey("data_set.data_set_id"))
    digest: Mapped[str] = mapped_column(String)
    people: Mapped[int] = mapped_column(Integer)


class EpochSampleRow(Registry):
    """A sample that is counted in an epoch, in this batch."""

    __tablename__ = "epoch_sample"
    number: Mapped[int] = mapped_column(ForeignKey("epoch.number"), primary_key=True)
    sample_id: Mapped[str] = mapped_column(ForeignKey("sample.sample_id"), primary_key=True)
    batch_id: Mapped[str] = mapped_column(String, primary_key=True)


class QualityRow(Registry):
    """One number that a pipeline measured on a genome; a file is read once."""

    __tablename__ = "quality"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    sample_id: Mapped[str] = mapped_column(ForeignKey("sample.sample_id"), index=True)
    metric: Mapped[str] = mapped_column(String)
    value: Mapped[float | None] = mapped_column(Float)
    text: Mapped[str | None] = mapped_column(String)
    source: Mapped[str] = mapped_column(String)  # SHA-256 of the file
    pipeline: Mapped[str] = mapped_column(String)
    recorded_at: Mapped[str | None] = mapped_column(String)
    __table_args__ = (UniqueConstraint("sample_id", "metric", "source"),)


class ObservationRow(Registry):
    """What was seen or measured in a person, on a day: a diagnosis, a phenotype, a measurement with its UCUM unit."""

    __tablename__ = "observation"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.participant_id"), index=True)
    kind: Mapped[str] = mapped_column(String)
    system: Mapped[str] = mapped_column(String)
    code: Mapped[str] = mapped_column(String)
    label: Mapped[str] = mapped_column(String)
    excluded: Mapped[bool] = mapped_column(Boolean)
    value: Mapped[float | None] = mapped_column(Float)
    text: Mapped[str | None] = mapped_column(String)
    unit: Mapped[str | None] = mapped_column(String)
    day: Mapped[str | None] = mapped_column(String)
    source: Mapped[str] = mapped_column(String)
    details: Mapped[str | None] = mapped_column(String)  # JSON of what the columns do not hold


class AnswerRow(Registry):
    """What a person answered to one question of a health or lifestyle questionnaire, on a day."""

    __tablename__ = "answer"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.participant_id"), index=True)
    questionnaire: Mapped[str] = mapped_column(String)
    version: Mapped[str] = mapped_column(String)
    question: Mapped[str] = mapped_column(String)
    answer: Mapped[str] = mapped_column(String)
    day: Mapped[str | None] = mapped_column(String)


class MinimalValueRow(Registry):
    """A value of the minimal data set, or the null flavour that stands for it, of a participant or a sample.

    `instance` numbers the instances of a class (two diagnoses, say) from 1, and `place` the values of a repeated item.
    """

    __tablename__ = "minimal_value"
    about: Mapped[str] = mapped_column(String, primary_key=True)
    model: Mapped[str] = mapped_column(String, primary_key=True)
    part: Mapped[str] = mapped_column(String, primary_key=True)  # the class of the model
    instance: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item: Mapped[str] = mapped_column(String, primary_key=True)
    place: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    value: Mapped[str | None] = mapped_column(String)
    null_flavour: Mapped[str | None] = mapped_column(String)


class LinkRow(Links):
    """This sample comes from this participant."""

    __tablename__ = "link"
    sample_id: Mapped[str] = mapped_column(String, primary_key=True)
    participant_id: Mapped[str] = mapped_column(String, index=True)


class LedgerRow(LedgerTables):
    """One deed; `hash` covers all other columns, `previous_hash` chains it to the row before."""

    __tablename__ = "ledger"
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    time: Mapped[str] = mapped_column(String)
    actor: Mapped[str] = mapped_column(String)
    verb: Mapped[str] = mapped_column(String)
    object: Mapped[str] = mapped_column(String)
    decision: Mapped[str] = mapped_column(String)
    reason: Mapped[str] = mapped_column(String)
    details_hash: Mapped[str] = mapped_column(String)
    previous_hash: Mapped[str] = mapped_column(String)
    hash: Mapped[str] = mapped_column(String)
