"""The words of the ledger: every deed that is done to data, in one place, one line each."""

from __future__ import annotations

from enum import StrEnum


class Deed(StrEnum):
    """What was done, as `object:verb`. A ledger entry names one of these and never a person or a variant."""

    NODE_CREATED = "node:create"  # an empty node or hub came to be, with its first key
    NODE_UPGRADED = "node:upgrade"  # a node's databases were brought to the newest schema
    PARTICIPANTS_ENROLLED = "participants:enrol"  # people and their consents were registered
    PROVIDER_RECORDED = "provider:record"  # a data provider, one of its documents, or a cohort was registered
    CONSENT_RECORDED = "consent:record"  # a participant's consent, legal basis or opt-out was recorded
    CONSENT_WITHDRAWN = "consent:withdraw"  # a participant withdrew consent to one or more scopes
    RIGHT_EXERCISED = "rights:answer"  # a data subject's request was answered: access, objection, erasure
    QUALITY_IMPORTED = "quality:import"  # numbers that a laboratory measured were registered
    PIPELINE_RECORDED = "pipeline:record"  # what was measured of a way of calling genotypes was recorded
    INCLUSION_APPLIED = "inclusion:apply"  # the gate was applied and its certificate signed
    GENOMES_IMPORTED = "genomes:import"  # a batch of genomes was stored
    GENOMES_COMPACTED = "genomes:compact"  # genomes that may no longer be kept were left out of a batch for good
    GENOMES_EXPORTED = "genomes:export"  # genotypes of some people were written to a file of another format
    GENOMES_SEEN = "genomes:look"  # genotypes were shown one by one, with the names of the genomes
    GENOMES_COMPARED = "genomes:compare"  # batches were compared, and sites at which they disagree were flagged
    EPOCH_TAKEN = "epoch:take"  # the set of people to count was frozen
    RELEASE_BUILT = "release:build"  # a nation's frequencies were computed and signed
    CLINICAL_RELEASE_BUILT = "release:build-clinical"  # the frequencies of a nation's clinical special category were signed
    EUROPE_COMBINED = "release:combine"  # the hub added the nations' releases
    DESIGN_PUBLISHED = "design:publish"  # a recommended cohort was put on the portal
