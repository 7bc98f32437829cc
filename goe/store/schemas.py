"""The schemas that the databases of a node have had."""

from __future__ import annotations

SCHEMAS = {
    "registry": ("registry_0001", "registry_0002"),
    "links": ("links_0001",),
    "ledger": ("ledger_0001",),
}
"""The schemas of each database, oldest first; a test compares them with the migrations."""
