"""Keys and signatures: how one installation knows that a document comes from another and was not changed.

A document is a JSON object in canonical form (sorted keys, no spaces, UTF-8, RFC 8785 for the types we use: objects,
lists, strings, integers, booleans, null). It is signed with Ed25519 (RFC 8032). A key is known by its id, the first 16 hex
digits of the SHA-256 of its public bytes; a signer may have several keys over time, so that an old signature stays
verifiable after a rotation.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from goe.errors import Damaged

Json = Mapping[str, Any]


def canonical(value: Any) -> bytes:
    r"""The one byte string that stands for a JSON value. Floats are refused: they have no single spelling.

    >>> canonical({"b": 1, "a": "é"})
    b'{"a":"\xc3\xa9","b":1}'
    """
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a signed document holds no floating-point numbers; write them as text")
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ():
        _refuse_floats(part)


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


@dataclass(frozen=True)
class Key:
    """A private signing key and the name of its owner (`FI`, `hub`). Never printed."""

    owner: str
    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls, owner: str) -> Key:
        """A new key from the operating system's randomness."""
        return cls(owner, Ed25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, owner: str, raw: bytes) -> Key:
        """The key stored as 32 raw bytes."""
        return cls(owner, Ed25519PrivateKey.from_private_bytes(raw))

    def to_bytes(self) -> bytes:
        """The 32 raw bytes to keep, readable by the owner alone."""
        return self.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())

    @property
    def public(self) -> str:
        """The public key as 64 hex digits."""
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def key_id(public: str) -> str:
    """The short name of a public key."""
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]


def sign(kind: str, body: Json, *, key: Key, issued: str) -> dict[str, Any]:
    """A signed document: what it is, who says it, when, and the body.

    `issued` is an ISO 8601 time, handed in. The signature covers everything but itself, the hash included.
    """
    document = {"type": kind, "version": 1, "sender": key.owner, "issued": issued, "body": body}
    document["hash"] = digest(document)
    signature = key.private.sign(canonical(document)).hex()
    return {**document, "signature": {"algorithm": "Ed25519", "key": key_id(key.public), "value": signature}}


def verify(document: Json, *, kind: str, trusted: Mapping[str, Iterable[str]], where: str = "") -> dict[str, Any]:
    """The body of a signed document, after checking type, hash, signer and signature.

    `trusted` maps a sender to the public keys accepted for it (old ones included). Raises Damaged with the first thing that
    is wrong; an unknown signer is refused.
    """

    def refuse(reason: str) -> Damaged:
        return Damaged(
            reason, where=where, remedy="ask the sender for the document again, and compare its public key by another channel"
        )

    signature = document.get("signature")
    signed = {name: part for name, part in document.items() if name != "signature"}
    if not isinstance(signature, Mapping) or document.get("type") != kind:
        raise refuse(f"this is not a signed document of type {kind!r}")
    sender = str(document.get("sender"))
    known = [p for p in trusted.get(sender, ()) if re.fullmatch("[0-9a-f]{64}", p)]
    public = next((p for p in known if key_id(p) == signature.get("key")), None)
    if public is None:
        raise refuse(f"the signer {sender!r} with key {signature.get('key')!r} is not known here")
    try:
        made = digest({name: part for name, part in signed.items() if name != "hash"})
    except (TypeError, ValueError, RecursionError) as error:
        raise refuse("the content has no canonical form, so it is not what was signed") from error
    if made != signed.get("hash"):
        raise refuse("the content does not match its hash, so it was changed after it was written")
    try:
        verifier = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        verifier.verify(bytes.fromhex(str(signature.get("value"))), canonical(signed))
    except (InvalidSignature, ValueError) as error:
        raise refuse(f"the signature of {sender!r} does not fit the content") from error
    body = document.get("body")
    if not isinstance(body, dict):
        raise refuse("the body is not a JSON object")
    return body
