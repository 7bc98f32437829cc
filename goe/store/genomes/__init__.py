"""The genotype store of a node: immutable batches, and the cohort that is counted over them."""
