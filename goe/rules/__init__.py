"""The programme's law as frozen records and small decisions: no files, no network, no clock."""
