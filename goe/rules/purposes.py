"""What data may be used for: purposes, the hard list of those that are prohibited whatever is consented, and DUO codes.

Sources: Regulation (EU) 2025/327 (EHDS), Articles 53 (purposes of secondary use) and 54 (prohibited secondary use); the GA4GH
Data Use Ontology (DUO), whose codes a consent carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What somebody wants to do. The purposes of the first group can be permitted; those of the second never."""

    REFERENCE = "reference"
    RESEARCH = "research"
    METHODS = "methods"
    HEALTHCARE = "healthcare"
    POLICY = "policy"
    EDUCATION = "education"

    INSURANCE = "insurance"
    EMPLOYMENT = "employment"
    LAW_ENFORCEMENT = "law_enforcement"
    ADVERTISING = "advertising"
    CREDIT = "credit"
    AGAINST_A_PERSON = "against_a_person"
    HARMFUL_PRODUCTS = "harmful_products"


PROHIBITED: Mapping[Purpose, str] = {
    Purpose.INSURANCE: "to refuse insurance to people, or to set what they pay (EHDS Art. 54(b))",
    Purpose.CREDIT: "to refuse credit to people, or to set its terms (EHDS Art. 54(b))",
    Purpose.EMPLOYMENT: "to decide about people's work (EHDS Art. 54(b))",
    Purpose.ADVERTISING: "for advertising or marketing (EHDS Art. 54(c))",
    Purpose.HARMFUL_PRODUCTS: "to develop products that harm people, public health or society (EHDS Art. 54(d))",
    Purpose.AGAINST_A_PERSON: "to decide to the detriment of a person or a group on the grounds of their data (EHDS Art. 54(a))",
    Purpose.LAW_ENFORCEMENT: "for police, prosecution or immigration control (1+MG framework)",
}
"""Purposes that no consent, no legal basis and no permit opens, each with where it is forbidden."""

DUO: Mapping[str, str] = {
    "DUO:0000004": "no restriction",
    "DUO:0000042": "general research use",
    "DUO:0000006": "health, medical or biomedical research",
    "DUO:0000007": "disease-specific research",
    "DUO:0000011": "population origins or ancestry research only",
    "DUO:0000012": "research-specific restrictions",
    "DUO:0000015": "no general methods research",
    "DUO:0000016": "genetic studies only",
    "DUO:0000018": "not-for-profit organisations and use only",
    "DUO:0000019": "publication required",
    "DUO:0000020": "collaboration required",
    "DUO:0000021": "ethics approval required",
    "DUO:0000022": "geographical restriction",
    "DUO:0000024": "publication moratorium",
    "DUO:0000025": "time limit on use",
    "DUO:0000026": "user-specific restriction",
    "DUO:0000027": "project-specific restriction",
    "DUO:0000028": "institution-specific restriction",
    "DUO:0000029": "results to be returned to the resource",
    "DUO:0000043": "clinical care use",
    "DUO:0000044": "population origins or ancestry research prohibited",
    "DUO:0000045": "not-for-profit organisations only",
    "DUO:0000046": "non-commercial use only",
}
"""The terms of the Data Use Ontology that a consent can carry."""

_PERMISSIONS = ("DUO:0000004", "DUO:0000042", "DUO:0000006", "DUO:0000007", "DUO:0000011")
_OPENS: Mapping[str, frozenset[Purpose]] = {
    "DUO:0000004": frozenset(Purpose) - frozenset(PROHIBITED),
    "DUO:0000042": frozenset({Purpose.REFERENCE, Purpose.RESEARCH, Purpose.METHODS, Purpose.POLICY, Purpose.EDUCATION}),
    "DUO:0000006": frozenset({Purpose.REFERENCE, Purpose.RESEARCH, Purpose.METHODS, Purpose.POLICY}),
    "DUO:0000007": frozenset({Purpose.RESEARCH}),
    "DUO:0000011": frozenset({Purpose.REFERENCE, Purpose.RESEARCH}),
    "DUO:0000043": frozenset({Purpose.HEALTHCARE}),
}


@dataclass(frozen=True)
class Use:
    """What somebody wants to do: the purpose, where the user sits, and what DUO asks about.

    `country` is an ISO 3166-1 code, empty for the node itself. `diseases` are ontology codes of what is studied.
    """

    purpose: Purpose
    country: str = ""
    commercial: bool = False
    for_profit: bool = False
    ancestry: bool = False
    ethics_approved: bool = False
    diseases: frozenset[str] = frozenset()


def duo_faults(codes: Iterable[str]) -> list[str]:
    """What is wrong with a list of DUO codes; empty where nothing is.

    >>> duo_faults(["DUO:0000042", "DUO:9"])
    ["'DUO:9' is not a DUO code that goe knows"]
    """
    return [f"{code!r} is not a DUO code that goe knows" for code in codes if code not in DUO]


def duo_refusal(codes: Iterable[str], use: Use, *, diseases: frozenset[str] = frozenset()) -> str:
    """Why these DUO codes refuse a use; empty where they do not, or where there are none.

    `diseases` are those that disease-specific research (DUO:0000007) was consented for. A code whose condition cannot be
    judged from the use alone (a moratorium, a project, an institution, a user) refuses, and says who has to judge it.

    >>> duo_refusal(["DUO:0000006"], Use(Purpose.EDUCATION))
    'DUO:0000006 (health, medical or biomedical research) does not open education'
    >>> duo_refusal(["DUO:0000042", "DUO:0000046"], Use(Purpose.RESEARCH, commercial=True))
    'DUO:0000046 (non-commercial use only) excludes a commercial use'
    """
    given = list(codes)
    permissions = [code for code in given if code in _OPENS]
    if permissions and not any(use.purpose in _OPENS[code] for code in permissions):
        named = ", ".join(f"{code} ({DUO[code]})" for code in permissions)
        return f"{named} does not open {use.purpose}"
    return next(filter(None, (_modifier_refusal(code, use, diseases) for code in given)), "")


def _modifier_refusal(code: str, use: Use, diseases: frozenset[str]) -> str:
    named = f"{code} ({DUO.get(code, 'not known')})"
    excluded = {
        "DUO:0000007": (bool(use.diseases) and use.diseases <= diseases, "covers other diseases"),
        "DUO:0000011": (use.ancestry or use.purpose is Purpose.REFERENCE, "covers ancestry research only"),
        "DUO:0000044": (not use.ancestry, "excludes ancestry research"),
        "DUO:0000015": (use.purpose is not Purpose.METHODS, "excludes the development of methods"),
        "DUO:0000018": (not (use.commercial or use.for_profit), "excludes a commercial use and a profit-making user"),
        "DUO:0000045": (not use.for_profit, "excludes a profit-making user"),
        "DUO:0000046": (not use.commercial, "excludes a commercial use"),
        "DUO:0000021": (use.ethics_approved, "asks for an ethics approval of the use"),
    }
    if code in excluded:
        permitted, why = excluded[code]
        return "" if permitted else f"{named} {why}"
    judged_by_people = ("DUO:0000012", "DUO:0000024", "DUO:0000025", "DUO:0000026", "DUO:0000027", "DUO:0000028")
    if code in judged_by_people or code not in DUO:
        return f"{named} has to be judged by the access committee"
    return ""  # what is asked of a user afterwards (publication, return of results) does not refuse
