"""One function for each thing that a person does with goe; every deed is written in the ledger."""
