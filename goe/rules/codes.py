"""Codes of terminologies: whether one can be right at all, and which one was probably meant.

Terminologies themselves are large and licensed, so they are not here; what can be told from a code alone is: its shape, the
check digit of SNOMED CT, the grammar of UCUM, HL7's null flavours, the countries of ISO 3166-1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

NULL_FLAVOURS = {
    "NI": "no information",
    "INV": "invalid",
    "DER": "derived",
    "OTH": "other",
    "NINF": "negative infinity",
    "PINF": "positive infinity",
    "UNC": "un-encoded",
    "MSK": "masked",
    "NA": "not applicable",
    "UNK": "unknown",
    "ASKU": "asked but unknown",
    "NAV": "temporarily unavailable",
    "NASK": "not asked",
    "NAVU": "not available",
    "QS": "sufficient quantity",
    "TRC": "trace",
}
"""HL7 v3 NullFlavor, written `HL7NF:ASKU` in a value."""

_ISO_3166 = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK "
)
COUNTRIES = frozenset(_ISO_3166.split())
"""ISO 3166-1 alpha-2, and XK, which the European Union uses for Kosovo."""

_SHAPES = {
    "SCT": r"[0-9]{6,18}",
    "HP": r"[0-9]{7}",
    "OMIM": r"[0-9]{6}",
    "ORPHA": r"[0-9]{1,6}",
    "MONDO": r"[0-9]{7}",
    "ICD10": r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?",
    "LNC": r"(LP|LA|MTHU)?[0-9]{1,7}(-[0-9])?",
    "NCIT": r"C[0-9]{2,7}",
    "ATC": r"[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?",
    "DUO": r"[0-9]{7}",
    "EFO": r"[0-9]{7}",
    "UBERON": r"[0-9]{7}",
    "RXNORM": r"[0-9]{1,8}",
    "OMOP": r"[0-9]{1,10}",
}
_SYSTEMS = {
    "SNOMED": "SCT",
    "SNOMEDCT": "SCT",
    "SCTID": "SCT",
    "SNOMED CT": "SCT",
    "HPO": "HP",
    "LOINC": "LNC",
    "ICD-10": "ICD10",
    "ICD10CM": "ICD10",
    "ICD10CM/ICD10": "ICD10",
    "ORPHANET": "ORPHA",
    "NCIT": "NCIT",
    "RXNORM": "RXNORM",
}

# The tables of Verhoeff's check digit: the dihedral group of order 10, and its permutation (Verhoeff 1969).
_TIMES = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_TURNED = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258")


def verhoeff_holds(number: str) -> bool:
    """Whether the last digit of a number is its Verhoeff check digit, as in a SNOMED CT identifier.

    >>> verhoeff_holds("73211009"), verhoeff_holds("73211008")
    (True, False)
    """
    check = 0
    for place, digit in enumerate(reversed(number)):
        check = int(_TIMES[check][int(_TURNED[place % 8][int(digit)])])
    return check == 0


def split_code(text: str) -> tuple[str, str]:
    """System and code of a term such as `SNOMED:73211009`, the system in the spelling used here; no system where none is said.

    >>> split_code("SNOMED:73211009"), split_code("HP:0001631")
    (('SCT', '73211009'), ('HP', '0001631'))
    """
    system, colon, code = text.strip().partition(":")
    return (_SYSTEMS.get(system.upper(), system), code.strip()) if colon else ("", text.strip())


def code_fault(text: str) -> str:
    """What is wrong with a term such as `SCT:73211009`; empty where nothing is, or where the system is not known here.

    >>> code_fault("SCT:73211008")
    'the check digit of this SNOMED CT identifier is wrong: a digit was mistyped or two were swapped'
    """
    system, code = split_code(text)
    if not system or not code:
        return "expected a system and a code, such as SCT:73211009"
    if system in _SHAPES and not re.fullmatch(_SHAPES[system], code):
        return f"this is not how a code of {system} looks"
    if system == "SCT" and not verhoeff_holds(code):
        return "the check digit of this SNOMED CT identifier is wrong: a digit was mistyped or two were swapped"
    if system == "HL7NF" and code not in NULL_FLAVOURS:
        return f"expected one of HL7's null flavours {', '.join(NULL_FLAVOURS)}"
    return ""


def nearest(text: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or nothing.

    >>> nearest("femal", ["female", "male"])
    'female'
    """
    spelt = {word.casefold(): word for word in known}
    found = get_close_matches(text.strip().casefold(), spelt, n=1, cutoff=0.6)
    return spelt[found[0]] if found else ""


# UCUM (Schadow & McDonald): a unit is a product of powers of atoms; atoms marked metric take a prefix.
_METRIC = (
    "m s g rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv kat l L ar t eV u pc osm eq U cal dyn erg G bar "
    "B [iU] [IU] m[H2O] m[Hg] Bd bit By"
)
_PLAIN = (
    "10* 10^ % [ppth] [ppm] [ppb] [pptr] min h d wk mo a mo_j a_j [in_i] [ft_i] [yd_i] [mi_i] [lb_av] [oz_av] [degF] deg [pH] "
    "[drp] [CFU] [PFU] [arb'U] [hnsf'U] [diop] [HPF] [LPF] [Cal] [pt_us] [cup_us] [tsp_us] [tbs_us] [foz_us] [gal_us] [RFU] "
    "[copies] [beth'U] [GPL'U] [MPL'U] [in_i'Hg] atm"
)
_PREFIX = ["Y", "Z", "E", "P", "T", "G", "M", "k", "h", "da", "d", "c", "m", "u", "n", "p", "f", "a", "z", "y"]
_ATOMS = set(_PLAIN.split()) | set(_METRIC.split()) | {p + a for p in _PREFIX for a in _METRIC.split()}
_USUAL = {
    "mcg": "ug",
    "µg": "ug",
    "cc": "mL",
    "mmHg": "mm[Hg]",
    "bpm": "/min",
    "beats/min": "/min",
    "C": "Cel",
    "°C": "Cel",
    "F": "[degF]",
    "lbs": "[lb_av]",
    "lb": "[lb_av]",
    "inch": "[in_i]",
    "in": "[in_i]",
    "years": "a",
    "year": "a",
    "yr": "a",
    "months": "mo",
    "days": "d",
    "hours": "h",
    "hr": "h",
    "IU/L": "[IU]/L",
    "IU": "[IU]",
    "kg/m²": "kg/m2",
    "kg/m^2": "kg/m2",
    "percent": "%",
    "sec": "s",
    "mmol/l": "mmol/L",
    "K/uL": "10*3/uL",
    "x10^9/L": "10*9/L",
    "cells": "{cells}",
}


def unit_fault(unit: str) -> str:
    """What is wrong with a unit of measurement, with the UCUM spelling that was probably meant; empty where it is UCUM.

    >>> unit_fault("mm[Hg]"), unit_fault("10*9/L"), unit_fault("mmHg")
    ('', '', 'not a UCUM unit; did you mean mm[Hg]?')
    """
    if unit and _is_ucum(unit):
        return ""
    meant = _USUAL.get(unit.strip(), "") or nearest(unit, _USUAL.values())
    return "not a UCUM unit" + (f"; did you mean {meant}?" if meant else ", such as kg, mmol/L or mm[Hg]")


def _is_ucum(unit: str) -> bool:
    while (inner := re.search(r"\(([^()]*)\)", unit)) is not None:
        if not _is_product(inner[1]):
            return False
        unit = unit[: inner.start()] + "1" + unit[inner.end() :]
    return _is_product(unit)


def _is_product(unit: str) -> bool:
    braced = re.sub(r"\{[\x21-\x7e]*?\}", "{}", unit)
    parts = re.split(r"[./]", braced[1:] if braced.startswith("/") else braced)
    return all(_is_component(part) for part in parts)


def _is_component(part: str) -> bool:
    match = re.fullmatch(r"(10\*|10\^|\D*?)([+-]?[0-9]+)?(\{\})?", part)
    if not match or not part:
        return False
    return match[1] in _ATOMS or (match[1] == "" and (match[2] is not None or match[3] is not None))
