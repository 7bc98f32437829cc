"""Reading what a nation asks of a consent, and threshold profiles: TOML tables, each known by the SHA-256 of its file."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from goe.errors import BadInput, NotFound
from goe.rules.consent import DPV_BASES, Crosswalk, Form, Manner, Policy
from goe.rules.purposes import duo_faults
from goe.rules.thresholds import METRICS, Profile, Threshold
from goe.rules.words import Scope
from goe.store.settings import TEXT, TEXTS, Shape, read_settings, setting
from goe.store.tables import DATA

THRESHOLDS = DATA / "thresholds"
DEFAULT_PROFILE = "starter"
_TRUTH = Shape("true or false", lambda v: isinstance(v, bool))
_AGE = Shape("an age from 14 to 21", lambda v: isinstance(v, int) and not isinstance(v, bool) and 14 <= v <= 21)
_DAY = Shape("a day, such as 2026-05-01", lambda v: isinstance(v, date))
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_DECIMAL = Shape('a number in quotes, such as "0.03"', lambda v: isinstance(v, str) and bool(_NUMBER.fullmatch(v)))
_TRUTHS = ("basis_required", "opt_out_applies", "after_death", "unknown_blocks", "subgroups")


def policy_file(node_folder: Path) -> Path:
    """The file that says what a node asks of a consent: its own `policy.toml`, or the one that ships with goe."""
    own = node_folder / "policy.toml"
    return own if own.is_file() else DATA / "policies" / "default.toml"


def read_policy(path: Path, nation: str, crosswalks: dict[str, Crosswalk] | None = None) -> Policy:
    """A nation's policy. Raises BadInput where a value is not what it should be."""
    raw = read_settings(path)
    unknown = raw.keys() - {"majority", "manners", "bases", "forms", *_TRUTHS}
    if unknown:
        raise BadInput(f"unknown policy {sorted(unknown)[0]!r}", where=str(path))
    manners, bases = setting(raw, "manners", TEXTS, path), setting(raw, "bases", TEXTS, path)
    for name, found, known in (("manners", manners, tuple(Manner)), ("bases", bases, DPV_BASES)):
        if wrong := [value for value in found if value not in known]:
            raise BadInput(f"found {wrong[0]!r}", expected=", ".join(known), where=f"{path}, setting {name}")
    return Policy(
        nation,
        majority=setting(raw, "majority", _AGE, path),
        manners=frozenset(Manner(m) for m in manners),
        bases=frozenset(bases),
        **{name: setting(raw, name, _TRUTH, path) for name in _TRUTHS},
        forms={name: Form(name, setting(raw["forms"], name, _DAY, path, within="forms")) for name in raw.get("forms", {})},
        crosswalks=crosswalks or {},
    )


def crosswalk(body: dict[str, Any], where: str) -> Crosswalk:
    """What a reviewer says that an older form covers. Raises BadInput."""
    try:
        scopes = frozenset(Scope(scope) for scope in body["scopes"])
        found = Crosswalk(body["document"], scopes, tuple(body["duo"]), body["reviewer"], date.fromisoformat(body["signed_on"]))
    except (KeyError, TypeError, ValueError) as error:
        expected = "document, scopes, duo, reviewer and signed_on"
        raise BadInput("this is not a crosswalk of a consent form", expected=expected, where=where) from error
    if faults := duo_faults(found.duo):
        raise BadInput(faults[0], where=where)
    return found


def profiles() -> tuple[str, ...]:
    """The names of the threshold profiles that ship with goe."""
    return tuple(sorted(p.stem for p in THRESHOLDS.glob("*.toml")))


def profile_file(name: str) -> Path:
    """The file of a threshold profile: one of ours by name, or a path. Raises NotFound with those that there are."""
    own = Path(name) if name.endswith(".toml") else THRESHOLDS / f"{name}.toml"
    if not own.is_file() or (not name.endswith(".toml") and name not in profiles()):
        raise NotFound(f"there is no threshold profile {name!r}", expected=f"{', '.join(profiles())}, or a TOML file")
    return own


def read_profile(path: Path) -> Profile:
    """A threshold profile. Raises BadInput for an unknown metric, a bound without a source, or no number."""
    raw = read_settings(path)
    tables = raw.get("threshold", {})
    if unknown := sorted(tables.keys() - METRICS.keys()):
        raise BadInput(f"unknown metric {unknown[0]!r}", expected=", ".join(METRICS), where=str(path))
    return Profile(
        setting(raw, "name", TEXT, path),
        setting(raw, "version", TEXT, path),
        setting(raw, "about", TEXT, path),
        {metric: _threshold(metric, table, path) for metric, table in tables.items()},
        float(setting(raw, "null_rate", _DECIMAL, path)),
    )


def _threshold(metric: str, table: dict[str, Any], path: Path) -> Threshold:
    within = f"threshold.{metric}"
    bounds = {name: float(setting(table, name, _DECIMAL, path, within=within)) for name in table if name != "source"}
    if unknown := sorted(bounds.keys() - {"fail_below", "fail_above", "warn_below", "warn_above"}):
        raise BadInput(f"unknown bound {unknown[0]!r}", where=f"{path}, {within}")
    return Threshold(metric, setting(table, "source", TEXT, path, within=within), **bounds)
