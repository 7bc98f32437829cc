"""The tables of a node, in three databases: the registry, the links between pseudonyms, and the ledger.

Links are a database of their own so that it can be kept elsewhere: whoever holds only the registry cannot tell whose genome
is whose.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Date, ForeignKey, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Registry(DeclarativeBase):
    """Participants, consents, samples, data sets, counting epochs."""


class Links(DeclarativeBase):
    """Which sample is whose."""


class LedgerTables(DeclarativeBase):
    """What was done."""


class ParticipantRow(Registry):
    """A person."""

    __tablename__ = "participant"
    participant_id: Mapped[str] = mapped_column(String, primary_key=True)
    sex: Mapped[str] = mapped_column(String)
    birth_year: Mapped[int | None] = mapped_column(Integer)
    country_of_origin: Mapped[str] = mapped_column(String)
    region: Mapped[str] = mapped_column(String)


class ConsentRow(Registry):
    """One event of a consent history, in the order of recording."""

    __tablename__ = "consent"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.participant_id"), index=True)
    scope: Mapped[str] = mapped_column(String)
    given: Mapped[bool] = mapped_column(Boolean)
    since: Mapped[Date] = mapped_column(Date)


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
