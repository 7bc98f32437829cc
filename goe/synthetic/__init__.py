"""An invented Europe: people of many nations who never lived, for tests, benchmarks and rehearsals. Everything says so."""
