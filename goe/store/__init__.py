"""How things are kept: databases, genomes, releases, the ledger. Reading and writing happen here and nowhere deeper."""
