"""The stand-in for signing in as a steward. It is insecure, says so in its name, and goes when sign-in comes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hmac import compare_digest

COOKIE = "goe_insecure_steward"
IDLE = 30 * 60
"""Seconds without a request after which a session ends."""


@dataclass
class Session:
    """One steward at one browser. `csrf` stands in every form; numbers that mean nothing elsewhere stand for participants."""

    key: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    seen: float = 0.0
    _numbers: dict[str, int] = field(default_factory=dict)
    _people: dict[int, str] = field(default_factory=dict)

    def number(self, pseudonym: str) -> int:
        """The number that stands for a person in this session's addresses: drawn by chance, so it tells no order."""
        if pseudonym not in self._numbers:
            number = secrets.randbelow(9 * 10**11) + 10**11
            self._numbers[pseudonym], self._people[number] = number, pseudonym
        return self._numbers[pseudonym]

    def pseudonym(self, number: int) -> str | None:
        """Whom a number stands for; None where it was given to nobody in this session."""
        return self._people.get(number)


class InsecureLocalSteward:
    """One steward, one browser, one code that is printed where the server was started and works once.

    Insecure because whoever reads that terminal is the steward: no name, no second factor, no roles, and no encryption, for
    it serves this machine alone. A new code is told when a session ends.
    """

    def __init__(self, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._clock = tell, clock
        self._session: Session | None = None
        self._code = ""  # none is open
        self._renew()

    def sign_in(self, code: str) -> Session | None:
        """A session for who knows the code, which is then used up; None for anybody else."""
        self._end_if_idle()
        if not self._code or not compare_digest(code.strip().encode(), self._code.encode()):
            return None
        self._code, self._session = "", Session(seen=self._clock())
        return self._session

    def session(self, key: str) -> Session | None:
        """The session that a cookie opens."""
        self._end_if_idle()
        found = self._session
        if found is None or not compare_digest(key.encode(), found.key.encode()):
            return None
        found.seen = self._clock()
        return found

    def sign_out(self) -> None:
        """End the session, and tell a new code."""
        self._session = None
        self._renew()

    def _end_if_idle(self) -> None:
        if self._session and self._clock() - self._session.seen > IDLE:
            self.sign_out()

    def _renew(self) -> None:
        self._code = secrets.token_urlsafe(24)
        self._tell(self._code)
