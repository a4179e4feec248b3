"""
The clinic's own sign-in (OpenID Connect), spoken by its rules and not an inch more.

Authorization code with PKCE (RFC 7636), `state` and `nonce`.  The identity token is
believed only when a key that the provider publishes has signed it with an asymmetric
algorithm, and when issuer, audience, authorised party, nonce and times are right
(OpenID Connect Core 3.1.3.7, RFC 9207 for the issuer in the answer).  Discovery and
keys are fetched over TLS and kept for an hour; a key that is not among them makes us
look again, at most once a minute.

A role comes from a claim, by a table that the operator writes.  The table cannot give
the role admin: an admin is made by a person, in the console or on the server.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.deprecate import AuthlibDeprecationWarning
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from bot.conversation.desk_people import Role

with warnings.catch_warnings():  # it announces a move to httpx2 at every import
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import OAuth2Client

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_KEY_TYPES = ("RSA", "EC", "OKP")  # a symmetric key among public ones is a trap
_LEEWAY = 60  # seconds that two clocks may differ
_KEPT = timedelta(hours=1)
_LOOK_AGAIN = timedelta(minutes=1)
_LIMIT = 5.0  # seconds for each question to the provider


class NotAdmitted(Exception):
    """The provider's answer does not let anybody in; `why` is a code for the audit, the text is for the person."""

    def __init__(self, why: str, text: str) -> None:
        super().__init__(text)
        self.why = why


class ProviderAway(Exception):
    """The provider does not answer, or not as its rules say."""


@dataclass(frozen=True)
class Attempt:
    """What has to be remembered between leaving for the provider and coming back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Identity:
    """A person as the provider knows them."""

    key: str  # issuer and subject: the only thing about a person that never changes
    username: str
    name: str
    role: Role


@dataclass
class Provider:
    """
    Args:
        issuer: As in the provider's own discovery document, letter by letter.
        redirect_uri: Where people come back to; registered with the provider.
        roles: From a value of the claim to a role; viewer and clinician only.
        role_claim: Where the values stand; dots lead into inner objects ("realm_access.roles").
        name: As it stands on the button.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    roles: Mapping[str, Role]
    role_claim: str = "roles"
    name: str = "your clinic's sign-in"

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] = {}
        self._metadata_at: datetime | None = None
        self._keys: KeySet | None = None
        self._keys_at: datetime | None = None

    def begin(self, *, now: datetime) -> tuple[str, Attempt]:
        """The address to send the browser to, and what to keep until it is back.  Raises ProviderAway."""
        attempt = Attempt(state=generate_token(32), nonce=generate_token(32), verifier=generate_token(64))
        with self._client() as client:
            address, _ = client.create_authorization_url(
                self._described(now)["authorization_endpoint"],
                state=attempt.state,
                code_verifier=attempt.verifier,
                nonce=attempt.nonce,
            )
        return str(address), attempt

    def finish(self, answer: Mapping[str, str], attempt: Attempt, *, now: datetime) -> Identity:
        """
        Who came back.

        Args:
            answer: The query that the provider sent the browser back with; its state was compared already.

        Raises:
            NotAdmitted: The provider said no, its token is not right, or it names no role of ours.
            ProviderAway: It could not be asked.
        """
        described = self._described(now)
        if answer.get("iss", self.issuer) != self.issuer:
            raise NotAdmitted("issuer", "The answer came from another sign-in provider.")
        if answer.get("error"):
            raise NotAdmitted("provider_refused", "The sign-in provider did not let you in, or you stopped there.")
        if not answer.get("code"):
            raise NotAdmitted("no_code", "The sign-in provider's answer was incomplete.")
        token = self._exchange(described["token_endpoint"], answer["code"], attempt)
        return self._identity(self._claims(token, attempt, now=now))

    def sign_out_address(self, *, back_to: str, now: datetime) -> str | None:
        """Where a person ends the provider's own sitting too; None where it offers no such place or is away."""
        try:
            end = self._described(now).get("end_session_endpoint")
        except ProviderAway:
            return None
        if not isinstance(end, str) or not is_safe_address(end):
            return None
        query = urlencode({"client_id": self.client_id, "post_logout_redirect_uri": back_to})
        return f"{end}{'&' if '?' in end else '?'}{query}"

    # --- questions to the provider

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            self.client_id,
            self.client_secret,
            scope="openid profile email",
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            timeout=_LIMIT,
            follow_redirects=False,
        )

    def _exchange(self, endpoint: str, code: str, attempt: Attempt) -> str:
        try:
            with self._client() as client:
                got = client.fetch_token(endpoint, code=code, code_verifier=attempt.verifier)
        except AuthlibBaseError as error:  # the provider's own no: a code used twice, a wrong verifier
            raise NotAdmitted("code_refused", "The sign-in took too long or was used before. Try again.") from error
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderAway(f"token endpoint: {type(error).__name__}") from error
        token = got.get("id_token")
        if not isinstance(token, str):
            raise NotAdmitted("no_token", "The sign-in provider's answer was incomplete.")
        return token

    def _fetch(self, address: str) -> dict[str, Any]:
        try:
            answer = httpx.get(address, timeout=_LIMIT, follow_redirects=False, headers={"Accept": "application/json"})
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderAway(f"{type(error).__name__}") from error
        if not isinstance(found, dict):
            raise ProviderAway("no object")
        return found

    def _described(self, now: datetime) -> dict[str, Any]:
        with self._lock:
            if self._metadata_at is None or now - self._metadata_at >= _KEPT:
                found = self._fetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
                needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                if found.get("issuer") != self.issuer or not all(is_safe_address(found.get(name)) for name in needed):
                    raise ProviderAway("its description does not fit B12_OIDC_ISSUER")
                self._metadata, self._metadata_at = found, now
            return self._metadata

    def _published(self, now: datetime, *, again: bool) -> KeySet:
        address = self._described(now)["jwks_uri"]
        with self._lock:
            age = now - self._keys_at if self._keys_at is not None else None
            if self._keys is None or age is None or age >= _KEPT or (again and age >= _LOOK_AGAIN):
                keys = [key for key in self._fetch(address).get("keys", []) if key.get("kty") in _KEY_TYPES]
                try:
                    self._keys = KeySet.import_key_set({"keys": keys})
                except (JoseError, ValueError, KeyError, TypeError) as error:
                    raise ProviderAway(f"its keys cannot be read: {type(error).__name__}") from error
                self._keys_at = now
            return self._keys

    # --- what the token says

    def _claims(self, token: str, attempt: Attempt, *, now: datetime) -> dict[str, Any]:
        claims = self._verified(token, now=now)
        rules = JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=_LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": attempt.nonce},
        )
        try:
            rules.validate(claims)
        except JoseError as error:
            raise _not_right(f"claim_{getattr(error, 'claim', 'unknown')}") from error
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self.client_id:
            raise _not_right("claim_azp")
        if not claims["sub"] or len(claims["sub"]) > 255:
            raise _not_right("claim_sub")
        return claims

    def _verified(self, token: str, *, now: datetime) -> dict[str, Any]:
        for again in (False, True):  # the provider may have changed its keys since we looked
            try:
                return dict(jwt.decode(token, self._published(now, again=again), algorithms=list(ALGORITHMS)).claims)
            except (JoseError, ValueError) as error:
                fault = error
        raise _not_right("signature") from fault

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        role = self._role(claims)
        username = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
        name = str(claims.get("name") or username)
        return Identity(
            key=f"{self.issuer}|{claims['sub']}",
            username="".join(letter for letter in username if letter.isprintable())[:60],
            name="".join(letter for letter in name if letter.isprintable()).strip()[:80] or username[:80],
            role=role,
        )

    def _role(self, claims: Mapping[str, Any]) -> Role:
        """The highest role that one of the claim's values stands for."""
        found: Any = claims
        for step in self.role_claim.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
        values = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        roles = [self.roles[value] for value in values if isinstance(value, str) and value in self.roles]
        if not roles:
            raise NotAdmitted(
                "no_role",
                "Your clinic's sign-in knows you, but gives you no role here. Ask whoever manages its groups "
                f"to add you to one of these: {', '.join(sorted(self.roles))}.",
            )
        return max(roles, key=list(Role).index)


def is_safe_address(address: object) -> bool:
    """TLS, or this machine."""
    if not isinstance(address, str):
        return False
    return address.startswith(("https://", "http://127.0.0.1:", "http://localhost:"))


def _not_right(why: str) -> NotAdmitted:
    return NotAdmitted(why, "The sign-in provider's answer was not right, so nobody was let in. Try again.")
