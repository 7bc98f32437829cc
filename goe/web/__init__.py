"""The doors that people and programs come through; they call acts, show pages and compute nothing."""
