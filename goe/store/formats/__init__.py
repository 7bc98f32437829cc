"""File formats, one module each: what is foreign is checked and turned into our words here, once."""
