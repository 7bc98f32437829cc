"""Pillar 4: the connected node. Judged once; it holds for everybody at the node."""

from __future__ import annotations

import re

from goe.rules.inclusion import NodeFacts, Outcome, Pillar, Result, Terms, criterion

_IDENTIFIER = re.compile(r"(GOE|GDI)-[A-Z]{2}-[A-Z]+-[0-9]+")


def _whole(fault: str | None, good: str, reason: str, fix: str) -> Outcome:
    """A check that somebody made, or did not."""
    if fault is None:
        return Outcome(Result.UNKNOWN, f"not looked at: {good}", reason, fix)
    return Outcome(Result.FAIL, fault, reason, fix) if fault else Outcome(Result.PASS, good)


@criterion(Pillar.NODE, of="node")
def data_set_identifier(node: NodeFacts, terms: Terms) -> Outcome:
    """The data set has an identifier of the framework's pattern."""
    if _IDENTIFIER.fullmatch(node.data_set_id):
        return Outcome(Result.PASS, f"data set {node.data_set_id}, class {node.disclosure_class}")
    reason = "others find a data set by its identifier"
    return Outcome(Result.FAIL, f"the data set is called {node.data_set_id!r}", reason, "make the node with `goe node init`")


@criterion(Pillar.NODE, of="node")
def signing_key(node: NodeFacts, terms: Terms) -> Outcome:
    """The node can sign, and nobody else can read its key."""
    return _whole(node.key_fault, "the signing key is in its place", "what is not signed is not believed", "run `goe check`")


@criterion(Pillar.NODE, of="node")
def ledger_whole(node: NodeFacts, terms: Terms) -> Outcome:
    """The ledger's chain holds."""
    return _whole(node.ledger_fault, "the ledger's chain holds", "every access must be on record", "run `goe ledger verify`")


@criterion(Pillar.NODE, of="node")
def genomes_whole(node: NodeFacts, terms: Terms) -> Outcome:
    """Stored genomes are as they were written."""
    return _whole(
        node.genome_fault, "every batch is as it was written", "stored data is verified again (T06)", "run `goe genomes verify`"
    )


@criterion(Pillar.NODE, of="node")
def known_to_the_hub(node: NodeFacts, terms: Terms) -> Outcome:
    """The hub has pinned the node's public key."""
    if node.hub_known:
        return Outcome(Result.PASS, "the hub has pinned the node's public key")
    found = "the hub has pinned another key" if node.hub_known is False else "no hub is in sight from here"
    reason = "Europe adds up only what comes from a node that it knows"
    return Outcome(Result.WARN, found, reason, "send the public key to the coordination centre")


@criterion(Pillar.NODE, of="node")
def named(node: NodeFacts, terms: Terms) -> Outcome:
    """The node says who it is."""
    if node.title:
        return Outcome(Result.PASS, f"the node is called {node.title}")
    return Outcome(Result.WARN, "the node has no title", "people must see whose data they read", "set `title` in node.toml")
