"""Variant names: what is accepted, what is refused and why, and the minimal form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goe.rules.variants import (
    CONTIGS,
    assemblies_with,
    contig_length,
    contig_name,
    is_rsid,
    minimal,
    parse_variant,
)
from goe.rules.words import Assembly


@pytest.mark.parametrize(
    ("typed", "variant"),
    [
        ("2-136608646-G-A", "2-136608646-G-A"),
        ("chr2-136608646-G-A", "2-136608646-G-A"),
        ("CHR2:136608646:g:a", "2-136608646-G-A"),
        ("2:136,608,646-G-A", "2-136608646-G-A"),
        ("2:136608646:G>A", "2-136608646-G-A"),
        ("  2-136608646-G-A\n", "2-136608646-G-A"),
        ("chrM-73-A-G", "MT-73-A-G"),
        ("M:73:A:G", "MT-73-A-G"),
        ("x-40502332-A-C", "X-40502332-A-C"),
        ("chrX-40502332-A-C", "X-40502332-A-C"),
        ("23-40502332-A-C", "X-40502332-A-C"),
        ("1-100-CTT-CT", "1-100-CT-C"),
        ("1-100-AG-AT", "1-101-G-T"),
        ("1-100-A-<DEL>", "1-100-A-<DEL>"),
        ("22-16050654-a-<CN0>", "22-16050654-A-<CN0>"),
        ("1-248956422-N-A", "1-248956422-N-A"),
        ("Y-59373566-A-C", "Y-59373566-A-C"),
    ],
)
def test_accepted(typed: str, variant: str) -> None:
    assert str(parse_variant(typed)) == variant


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "is not a variant id"),
        ("rs4988235", "is not a variant id"),
        ("2-136608646-G", "is not a variant id"),
        ("2-136608646-G-A-C", "is not a variant id"),
        ("2 136608646 G A", "is not a variant id"),
        ("2-136608646-G-*", "is not a variant id"),
        ("2-136608646-G-.", "is not a variant id"),
        ("2-136608646-<DEL>-G", "is not a variant id"),
        ("2--5-G-A", "is not a variant id"),
        ("2-1.5-G-A", "is not a variant id"),
        ("2-" + "9" * 9999 + "-G-A", "is not a variant id"),
        ("0-5-G-A", "is not a chromosome"),
        ("26-5-G-A", "is not a chromosome"),
        ("GL000191.1-5-G-A", "is not a chromosome"),
        ("2-0-G-A", "is outside chromosome 2"),
        ("2-,-G-A", "is outside chromosome 2"),
        ("2-243199374-G-A", "is outside chromosome 2"),
        ("MT-16570-G-A", "is outside chromosome MT"),
        ("2-136608646-G-g", "a variant changes something"),
    ],
    ids=lambda text: text[:30],
)
def test_refused__with_a_reason(typed: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refused:
        parse_variant(typed)
    assert len(str(refused.value)) < 250


@given(st.text(max_size=60))
def test_any_text__is_read_or_refused(text: str) -> None:
    """Nothing that is typed ends in another error."""
    try:
        parsed = parse_variant(text)
    except ValueError:
        return
    assert parse_variant(str(parsed)) == parsed


bases = st.text("ACGT", min_size=1, max_size=6)


@given(
    position=st.integers(1, 10**8), prefix=st.text("ACGT", max_size=4), suffix=st.text("ACGT", max_size=4), ref=bases, alt=bases
)
def test_minimal__does_not_depend_on_shared_bases(position: int, prefix: str, suffix: str, ref: str, alt: str) -> None:
    """A variant spelt with more of its surroundings means the same change, is not longer, and is stable."""
    if ref == alt:
        return
    place, short_ref, short_alt = minimal(position, prefix + ref + suffix, prefix + alt + suffix)
    assert len(short_ref) <= len(ref) + 1 and len(short_alt) <= len(alt) + 1 and short_ref and short_alt
    assert minimal(place, short_ref, short_alt) == (place, short_ref, short_alt)
    surroundings = prefix + ref + suffix
    offset = place - position
    assert surroundings[:offset] + short_alt + surroundings[offset + len(short_ref) :] == prefix + alt + suffix


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ((100, "CTT", "CT"), (100, "CT", "C")),
        ((100, "CT", "CTT"), (100, "C", "CT")),
        ((100, "AAA", "AAA"), (100, "A", "A")),
        ((100, "ATG", "ACG"), (101, "T", "C")),
        ((100, "GCACA", "GCA"), (100, "GCA", "G")),
        ((100, "A", "<DEL>"), (100, "A", "<DEL>")),
        ((100, "A", "."), (100, "A", ".")),
    ],
)
def test_minimal__examples(given_: tuple[int, str, str], expected: tuple[int, str, str]) -> None:
    assert minimal(*given_) == expected


def test_chromosome_lengths__tell_the_assembly() -> None:
    """Every chromosome but the mitochondrion has a length of its own in each assembly."""
    for contig in CONTIGS:
        found = assemblies_with(contig, contig_length(Assembly.GRCh37, contig))
        assert found == (set(Assembly) if contig == "MT" else {Assembly.GRCh37})
    assert assemblies_with("1", 1) == frozenset()
    assert contig_length(Assembly.GRCh38, "1") == 248956422 and contig_length(Assembly.GRCh37, "22") == 51304566


@pytest.mark.parametrize(
    ("name", "plain"), [("chrX", "X"), ("MT", "MT"), ("chrM", "MT"), ("25", None), ("chr1_KI270706v1_random", None), ("", None)]
)
def test_contig_names(name: str, plain: str | None) -> None:
    assert contig_name(name) == plain


@pytest.mark.parametrize(
    ("text", "yes"), [("rs4988235", True), (" RS1 ", True), ("rs", False), ("rs12x", False), ("ss4988235", False)]
)
def test_rsids(text: str, yes: bool) -> None:
    assert is_rsid(text) is yes
