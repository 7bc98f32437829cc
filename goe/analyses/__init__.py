"""Cross-border analyses: one file each, a page of mathematics that does not know at which scale it runs."""
