"""Pillar 1: ethics, law and consent."""

from __future__ import annotations

from goe.rules.cohort import DocumentKind, Provider
from goe.rules.consent import Manner, basis_on, contradictions, event_on, may
from goe.rules.inclusion import Outcome, Person, Pillar, Result, Terms, criterion
from goe.rules.purposes import duo_faults
from goe.rules.words import Scope

_PERMITTED = {scope: Outcome(Result.PASS, f"{scope} is consented to") for scope in Scope}


@criterion(Pillar.CONSENT, reads=("standing",))
def allele_frequency_consent(person: Person, terms: Terms) -> Outcome:
    """The person consents to being counted in frequencies; without that nothing else matters."""
    answer = may(person.standing, terms.use, Scope.ALLELE_FREQUENCY, terms.day, terms.policy)
    if answer.ethics.permitted:
        return Outcome(Result.PASS, answer.ethics.reason)
    return Outcome(
        Result.FAIL,
        answer.ethics.reason,
        "only people whose consent covers allele frequencies are counted",
        "ask the person, and record the answer with `goe consent record`; until then the genome is counted nowhere",
    )


@criterion(Pillar.CONSENT, reads=("standing",))
def no_contradiction(person: Person, terms: Terms) -> Outcome:
    """No scope is both given and withheld on one day: which was meant only the person can say."""
    found = contradictions(person.standing.consents) if len(person.standing.consents) > 1 else []
    if not found:
        return _CONSISTENT
    reason = "two records of one day say the opposite, and the later one is taken"
    return Outcome(Result.WARN, found[0], reason, "ask the person, and record the answer with the day on which it was given")


_CONSISTENT = Outcome(Result.PASS, "no two records of one day contradict each other")


@criterion(Pillar.CONSENT, reads=("standing",))
def legal_basis(person: Person, terms: Terms) -> Outcome:
    """The processing rests on a legal basis: another fact than the consent, recorded for itself."""
    found = basis_on(person.standing.bases, terms.day, terms.policy)
    if not found.permitted:
        return Outcome(Result.FAIL, found.reason, "every processing needs a legal basis (GDPR Art. 6 and 9)", _RECORD_BASIS)
    if person.standing.bases:
        return Outcome(Result.PASS, found.reason)
    return _NO_BASIS


_RECORD_BASIS = "record it with `goe consent record --basis dpv:...`"
_NO_BASIS = Outcome(
    Result.WARN, "no legal basis is recorded", "a consent to research is not by itself a legal basis", _RECORD_BASIS
)


@criterion(Pillar.CONSENT, reads=("standing",))
def no_opt_out(person: Person, terms: Terms) -> Outcome:
    """The person has not opted out of secondary use under the EHDS."""
    if not person.standing.opt_outs:
        return _NO_OPT_OUT
    found = may(person.standing, terms.use, Scope.ALLELE_FREQUENCY, terms.day, terms.policy).opt_out
    if found.permitted:
        return Outcome(Result.PASS, found.reason)
    reason = "the opt-out of EHDS Art. 71 stands, whatever was consented to before"
    return Outcome(Result.FAIL, found.reason, reason, "nothing, unless the person takes it back")


_NO_OPT_OUT = Outcome(Result.PASS, "no opt-out from secondary use is recorded")


@criterion(Pillar.CONSENT, reads=("standing",))
def active_consent(person: Person, terms: Terms) -> Outcome:
    """Somebody said yes: that nobody objected does not pass the Genome of Europe's profile, whatever a nation allows."""
    event = event_on(person.standing.consents, Scope.ALLELE_FREQUENCY, terms.day)
    if event is None or not event.given:
        return _NOTHING_TO_JUDGE
    if event.manner is Manner.PRESUMED:
        reason = "the Genome of Europe asks for an active and personal consent"
        return Outcome(Result.FAIL, "the person did not object, and was not asked", reason, "ask the person")
    return _SAID_YES[event.manner]


_NOTHING_TO_JUDGE = Outcome(Result.PASS, "there is no yes to be judged")
_SAID_YES = {
    Manner.ACTIVE: Outcome(Result.PASS, "the person, or who speaks for the person, said yes"),
    Manner.BROAD: Outcome(
        Result.WARN,
        "an older, broad consent, through a crosswalk that a reviewer signed",
        "what it covers is a judgement, not the person's word",
        "ask the person on the form of today when there is an occasion",
    ),
}


@criterion(Pillar.CONSENT, reads=("standing",))
def document_version(person: Person, terms: Terms) -> Outcome:
    """Which version of the form, in which language, was read is on record."""
    event = event_on(person.standing.consents, Scope.ALLELE_FREQUENCY, terms.day)
    if event is None:
        return _NOTHING_TO_JUDGE
    if event.document and event.language:
        return Outcome(Result.PASS, f"form {event.document}, read in {event.language}")
    return _NO_DOCUMENT


_NO_DOCUMENT = Outcome(
    Result.WARN,
    "the version or the language of the form is not recorded",
    "what was consented to can only be read in the form itself",
    "record them with the next consent",
)


@criterion(Pillar.CONSENT, reads=("standing",))
def data_use_codes(person: Person, terms: Terms) -> Outcome:
    """Codes of the Data Use Ontology are ones that exist."""
    wrong = [fault for event in person.standing.consents if event.duo for fault in duo_faults(event.duo)]
    if not wrong:
        return _CODES_KNOWN
    return Outcome(Result.FAIL, wrong[0], "an unknown code cannot be enforced", "correct it in the source and record it again")


_CODES_KNOWN = Outcome(Result.PASS, "every data use code is known")


@criterion(Pillar.CONSENT, reads=("standing",))
def cross_border_use(person: Person, terms: Terms) -> Outcome:
    """Whether counts may be asked for from abroad was asked; the scope is of the individual's data, so its lack only warns."""
    event = event_on(person.standing.consents, Scope.CROSS_BORDER, terms.day)
    if event is None:
        return _NOT_ASKED
    return _PERMITTED[Scope.CROSS_BORDER] if event.given else _AT_HOME_ONLY


_NOT_ASKED = Outcome(
    Result.WARN,
    "the person was not asked about use from other countries",
    "subject-level use from abroad stays closed; counts are not affected",
    "ask at the next contact",
)
_AT_HOME_ONLY = Outcome(
    Result.WARN, "the person keeps the data in the country", "subject-level use from abroad is closed for this person"
)


@criterion(Pillar.CONSENT, reads=("subgroup",))
def subgroup_policy(person: Person, terms: Terms) -> Outcome:
    """A self-reported subgroup is recorded only where the nation's policy allows it."""
    if not person.subgroup:
        return _NO_SUBGROUP
    if terms.policy.subgroups:
        return Outcome(Result.PASS, "a subgroup is recorded, and this nation's policy allows it")
    reason = "this nation's policy does not allow the collection of descent groups"
    return Outcome(Result.FAIL, "a subgroup is recorded", reason, "remove it, or change the policy after community review")


_NO_SUBGROUP = Outcome(Result.PASS, "no subgroup is recorded")


def _in_force(provider: Provider | None, terms: Terms, kind: DocumentKind, words: str) -> Outcome:
    if provider is None:
        reason = f"without a provider there is nobody whose {words} could be shown"
        return Outcome(Result.UNKNOWN, "no data provider is recorded", reason, "name the provider in the participants' file")
    document = provider.document(kind, terms.day)
    if document:
        return Outcome(Result.PASS, f"{words}, version {document.version}, in force since {document.since}")
    known = [d for d in provider.documents if d.kind == kind]
    found = f"the {words} is not in force on {terms.day}" if known else f"no {words} is recorded"
    return Outcome(
        Result.FAIL if known else Result.UNKNOWN,
        found,
        "a provider includes people only under valid documents",
        f"record the document with `goe provider document {provider.provider_id} --kind {kind}`",
    )


@criterion(Pillar.CONSENT, of="provider")
def ethics_approval(provider: Provider | None, terms: Terms) -> Outcome:
    """The data provider's ethics approval is in force."""
    return _in_force(provider, terms, DocumentKind.ETHICS_APPROVAL, "ethics approval")


@criterion(Pillar.CONSENT, of="provider")
def impact_assessment(provider: Provider | None, terms: Terms) -> Outcome:
    """A data protection impact assessment is in force (GDPR Art. 35)."""
    return _in_force(provider, terms, DocumentKind.DPIA, "data protection impact assessment")


@criterion(Pillar.CONSENT, of="provider")
def agreement(provider: Provider | None, terms: Terms) -> Outcome:
    """The agreement between provider and node is in force."""
    return _in_force(provider, terms, DocumentKind.AGREEMENT, "agreement between provider and node")


@criterion(Pillar.CONSENT, of="provider")
def information_sheet(provider: Provider | None, terms: Terms) -> Outcome:
    """People were informed by a sheet of a known version."""
    return _in_force(provider, terms, DocumentKind.INFORMATION_SHEET, "information sheet")
