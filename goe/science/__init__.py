"""Functions over arrays, each citing its source: no files, no network, no clock."""
