"""The words of the ledger: every deed that is done to data, in one place, one line each."""

from __future__ import annotations

from enum import StrEnum


class Deed(StrEnum):
    """What was done, as `object:verb`. A ledger entry names one of these and never a person or a variant."""

    NODE_CREATED = "node:create"  # an empty node or hub came to be, with its first key
    PARTICIPANTS_ENROLLED = "participants:enrol"  # people and their consents were registered
    GENOMES_IMPORTED = "genomes:import"  # a batch of genomes was stored
    EPOCH_TAKEN = "epoch:take"  # the set of people to count was frozen
    RELEASE_BUILT = "release:build"  # a nation's frequencies were computed and signed
    EUROPE_COMBINED = "release:combine"  # the hub added the nations' releases
    DESIGN_PUBLISHED = "design:publish"  # a recommended cohort was put on the portal
