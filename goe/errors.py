"""What can go wrong, named for what the caller can do next.

    GoeError                    anything goe says no to; the command line exits with 1
    ├── BadInput                a file or a value is not what it should be: correct it and run again
    ├── NotFound                the place, release or batch asked for is not there
    ├── Conflict                what is there already says otherwise; nothing was changed
    ├── Unavailable             a service that we need does not answer, or gave up: see to it, then run again
    └── Damaged                 something we wrote is no longer what we wrote: restore it from a copy

A refusal (consent, disclosure, access) is not an error but a value with reasons. A message says what was found, what was
expected, where, and what to do; it never names a person or a genotype.
"""

from __future__ import annotations


class GoeError(Exception):
    """A failure with a sentence a person can act on.

    >>> print(BadInput("'B' is not a base", expected="A, C, G or T", where="x.vcf line 7", remedy="correct the line"))
    x.vcf line 7: 'B' is not a base; expected A, C, G or T. To go on: correct the line.
    """

    def __init__(self, found: str, *, expected: str = "", where: str = "", remedy: str = "") -> None:
        self.found, self.expected, self.where, self.remedy = found, expected, where, remedy
        place = f"{where}: " if where else ""
        wanted = f"; expected {expected}" if expected else ""
        super().__init__(f"{place}{found}{wanted}." + (f" To go on: {remedy}." if remedy else ""))


class BadInput(GoeError):
    """A file or a value is not what it should be."""


class NotFound(GoeError):
    """The place, release or batch asked for is not there."""


class Conflict(GoeError):
    """What is there already says otherwise; nothing was changed."""


class Unavailable(GoeError):
    """A service that we need does not answer, or gave up; nothing was changed."""


class Damaged(GoeError):
    """Something goe wrote is no longer what goe wrote."""
