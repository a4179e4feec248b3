"""
A sign-in provider of our own, on a real port, as strict as a good one and as wrong as a test wants it.

Checks what a provider has to check: client and its secret, redirect address, PKCE, one use of each code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "b12-console", "only-for-tests"


@dataclass
class IdentityProvider:
    """What it says of the person who signs in is in `person`; `spoil` changes a token's claims before it is signed."""

    clock: Callable[[], datetime]
    address: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    spoil: dict[str, Any] = field(default_factory=dict)
    says_no: str | None = None
    answer_iss: str | None = None
    key: RSAKey | ECKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signs_with: Any = None  # another key than the one that is published
    algorithm: str = "RS256"
    published: list[dict[str, Any]] | None = None
    description: dict[str, Any] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._describe),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _describe(self, request: Request) -> Response:
        self.asked.append("description")
        if "description" in self.down:
            return Response(status_code=500)
        return JSONResponse(
            {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "end_session_endpoint": f"{self.address}/leave",
                **self.description,
            }
        )

    async def _keys(self, request: Request) -> Response:
        self.asked.append("keys")
        if "keys" in self.down:
            return Response("no", status_code=200)
        keys = self.published if self.published is not None else [self.key.as_dict(private=False, kid=self.key.kid)]
        return JSONResponse({"keys": keys})

    async def _authorize(self, request: Request) -> Response:
        query = dict(request.query_params)
        assert query["client_id"] == CLIENT
        assert query["response_type"] == "code"
        assert "openid" in query["scope"].split()
        assert query["code_challenge_method"] == "S256"
        back = {"state": query["state"]}
        if self.says_no:
            back["error"] = self.says_no
        else:
            back["code"] = secrets.token_urlsafe(16)
            self.codes[back["code"]] = query
        if self.answer_iss is not None:
            back["iss"] = self.answer_iss
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(back)}", status_code=302)

    async def _token(self, request: Request) -> Response:
        self.asked.append("token")
        if "token" in self.down:
            return Response(status_code=502)
        form = dict(await request.form())
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        begun = self.codes.pop(str(form.get("code")), None)
        digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if begun is None or begun["redirect_uri"] != form["redirect_uri"] or begun["code_challenge"] != challenge:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        return JSONResponse({"access_token": "opaque", "token_type": "Bearer", "id_token": self._signed(begun)})

    def _signed(self, begun: dict[str, str]) -> str:
        now = int(self.clock().timestamp())
        claims: dict[str, Any] = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "person-1",
            "iat": now,
            "exp": now + 300,
            "nonce": begun["nonce"],
            **self.person,
            **self.spoil,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key.kid}
        if self.algorithm in ("none", "HS256"):
            # An old trick: no signature, or the public key as if it were a secret. Libraries refuse to make these.
            body = f"{_encoded(header)}.{_encoded(claims)}"
            secret = self.key.as_pem(private=False)
            mac = hmac.new(secret, body.encode(), hashlib.sha256).digest() if self.algorithm == "HS256" else b""
            return f"{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        return jwt.encode(header, claims, self.signs_with or self.key, algorithms=[self.algorithm])


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
