"""Signing in through the clinic's own provider: the right person comes in, and nobody else however they try."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from browser.served import serve
from joserfc.jwk import ECKey, OctKey, RSAKey

from bot.console.provider import Provider
from bot.conversation.desk_people import Role

from .conftest import Visitor
from .identity_provider import CLIENT, SECRET, IdentityProvider
from .seeding import PASSWORD, Clinic, Clock

BACK = "http://console.test/sign-in/clinic/back"
NURSE = {"name": "Nora Nurse", "preferred_username": "Nora", "roles": ["staff", "b12-nurses"]}


@pytest.fixture(scope="module")
def rsa_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "one"})


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityProvider]:
    provider = IdentityProvider(Clock())
    provider.address, stop = serve(provider.app())
    yield provider
    stop()


@pytest.fixture
def idp(running: IdentityProvider, rsa_key: RSAKey, clinic: Clinic) -> IdentityProvider:
    """The clinic has a provider, and Nora, a nurse, is about to sign in."""
    fresh = IdentityProvider(clinic.clock, address=running.address, key=rsa_key, person=dict(NURSE))
    vars(running).update(vars(fresh))
    provider = Provider(
        issuer=running.address,
        client_id=CLIENT,
        client_secret=SECRET,
        redirect_uri=BACK,
        roles={"b12-readers": Role.VIEWER, "b12-nurses": Role.CLINICIAN},
    )
    clinic.parts = replace(clinic.parts, provider=provider)
    return running


def leave(visitor: Visitor, path: str = "/sign-in/clinic") -> str:
    """Out to the provider; returns the path and query that it sends the browser back to."""
    out = visitor.get(path)
    assert out.status_code == 303, out.text
    back = httpx.get(out.headers["location"], follow_redirects=False).headers["location"]
    assert back.startswith(BACK)
    return back.removeprefix("http://console.test")


def come_in(clinic: Clinic) -> Visitor:
    visitor = Visitor(clinic)
    visitor.get(leave(visitor))
    return visitor


def refused(clinic: Clinic, words: str, why: str) -> None:
    """Nobody is let in, the person learns why in words, and the audit in a code."""
    visitor = Visitor(clinic)
    answer = visitor.get(leave(visitor))
    assert answer.status_code == 403
    assert words in answer.text
    assert visitor.get("/").status_code == 303
    last = clinic.desk.audit(by="system", now=clinic.clock.now).entries[1]
    assert (last.action, last.details) == ("staff.provider_sign_in_refused", {"why": why})


# --- in ---


def test_a_nurse_of_the_clinic_comes_in_with_the_role_of_her_group(clinic: Clinic, idp: IdentityProvider):
    visitor = Visitor(clinic)
    answer = visitor.get(leave(visitor))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = visitor.get("/account").text
    assert "Nora Nurse" in page
    assert "Clinician" in page
    person = next(person for person in clinic.desk.all_staff() if person.identity)
    assert (person.username, person.role) == ("sso:nora", Role.CLINICIAN)


def test_the_button_stands_on_the_sign_in_page_only_where_there_is_a_provider(clinic: Clinic):
    assert "/sign-in/clinic" not in Visitor(clinic).get("/sign-in").text
    assert Visitor(clinic).get("/sign-in/clinic").status_code == 404


def test_the_page_somebody_wanted_is_reached_and_never_another_host(clinic: Clinic, idp: IdentityProvider):
    clinic.emergency()
    visitor = Visitor(clinic)
    assert "/sign-in/clinic?next=/talk/talk-emergency" in visitor.get("/sign-in?next=/talk/talk-emergency").text
    back = leave(visitor, "/sign-in/clinic?next=/talk/talk-emergency")
    assert visitor.get(back).headers["location"] == "/talk/talk-emergency"
    visitor = Visitor(clinic)
    assert visitor.get(leave(visitor, "/sign-in/clinic?next=//evil.example")).headers["location"] == "/"


def test_the_request_carries_pkce_state_and_nonce_and_never_the_secret(clinic: Clinic, idp: IdentityProvider):
    seen = [parse_qs(urlsplit(Visitor(clinic).get("/sign-in/clinic").headers["location"]).query) for _ in range(2)]
    for query in seen:
        assert query["code_challenge_method"] == ["S256"]
        assert query["redirect_uri"] == [BACK]
        assert SECRET not in str(query)
    for name in ("state", "nonce", "code_challenge"):
        assert seen[0][name] != seen[1][name]
        assert len(seen[0][name][0]) >= 32


def test_the_same_person_comes_back_to_the_same_account(clinic: Clinic, idp: IdentityProvider):
    come_in(clinic)
    idp.person["preferred_username"] = "nora.new-surname"
    come_in(clinic)
    assert len([person for person in clinic.desk.all_staff() if person.identity]) == 1


def test_two_people_with_one_user_name_are_two_accounts(clinic: Clinic, idp: IdentityProvider):
    come_in(clinic)
    idp.person["sub"] = "person-2"
    come_in(clinic)
    names = sorted(person.username for person in clinic.desk.all_staff() if person.identity)
    assert names == ["sso:nora", "sso:nora-2"]


def test_a_name_at_the_provider_never_opens_an_account_of_the_console(clinic: Clinic, idp: IdentityProvider):
    """Otherwise whoever may choose a name there becomes our admin."""
    idp.person["preferred_username"] = "admin"
    visitor = come_in(clinic)
    assert visitor.get("/people").status_code == 403
    assert clinic.desk.staff_named("admin").identity is None


def test_an_account_of_the_provider_has_no_password_to_guess(clinic: Clinic, idp: IdentityProvider):
    come_in(clinic)
    for password in ("", PASSWORD, "!"):
        assert Visitor(clinic).sign_in("sso:nora", password).status_code == 401


def test_an_elliptic_key_is_as_good(clinic: Clinic, idp: IdentityProvider):
    idp.key, idp.algorithm = ECKey.generate_key("P-256", {"kid": "curve"}), "ES256"
    assert come_in(clinic).get("/").status_code == 200


def test_a_key_that_was_changed_meanwhile_is_looked_up_again(clinic: Clinic, idp: IdentityProvider):
    come_in(clinic)
    idp.key = RSAKey.generate_key(2048, {"kid": "two"})
    clinic.clock.forward(minutes=2)
    assert come_in(clinic).get("/").status_code == 200
    assert idp.asked.count("keys") == 2


def test_unknown_keys_do_not_make_us_ask_for_keys_again_and_again(clinic: Clinic, idp: IdentityProvider):
    come_in(clinic)
    idp.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    for _ in range(3):
        come_in(clinic)
    assert idp.asked.count("keys") == 1


# --- roles ---


@pytest.mark.parametrize(
    ("claim", "values", "role"),
    [
        ("roles", ["b12-readers"], "Viewer"),
        ("roles", "b12-nurses", "Clinician"),
        ("roles", ["b12-readers", "b12-nurses"], "Clinician"),
        ("realm_access.roles", {"roles": ["b12-nurses"]}, "Clinician"),
    ],
)
def test_a_role_follows_the_claim(clinic: Clinic, idp: IdentityProvider, claim: str, values: object, role: str):
    clinic.parts.provider.role_claim = claim
    idp.person = {**NURSE, claim.split(".")[0]: values}
    assert f'<span class="tag">{role}</span>' in come_in(clinic).get("/account").text


@pytest.mark.parametrize("roles", [None, [], ["other"], [["b12-nurses"]], {"b12-nurses": 1}, "", 7, ["admin"]])
def test_somebody_without_a_role_of_ours_is_refused_and_told_whom_to_ask(clinic: Clinic, idp, roles: object):
    idp.person["roles"] = roles
    refused(clinic, "gives you no role here", "no_role")
    assert not [person for person in clinic.desk.all_staff() if person.identity]


def test_a_role_that_the_provider_takes_away_ends_what_is_open(clinic: Clinic, idp: IdentityProvider):
    first = come_in(clinic)
    idp.person["roles"] = ["b12-readers"]
    second = come_in(clinic)
    assert first.get("/").status_code == 303
    assert "Viewer" in second.get("/account").text


def test_nobody_becomes_an_admin_by_the_provider_but_an_admin_made_by_hand_stays_one(clinic: Clinic, idp):
    come_in(clinic)
    person = next(person for person in clinic.desk.all_staff() if person.identity)
    assert person.role is Role.CLINICIAN
    clinic.desk.change_staff(person.id, by="system", now=clinic.clock.now, role=Role.ADMIN)
    assert come_in(clinic).get("/people").status_code == 200
    idp.person["roles"] = ["b12-readers"]
    assert come_in(clinic).get("/people").status_code == 403


def test_a_disabled_account_stays_out_and_is_told(clinic: Clinic, idp: IdentityProvider):
    come_in(clinic)
    person = next(person for person in clinic.desk.all_staff() if person.identity)
    clinic.desk.change_staff(person.id, by="system", now=clinic.clock.now, active=False)
    refused(clinic, "Your account in this console is disabled.", "account")


# --- not in ---


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ({"nonce": "of somebody else"}, "claim_nonce"),
        ({"nonce": None}, "claim_nonce"),
        ({"iss": "https://evil.example"}, "claim_iss"),
        ({"iss": None}, "claim_iss"),
        ({"aud": "another-client"}, "claim_aud"),
        ({"aud": []}, "claim_aud"),
        ({"aud": None}, "claim_aud"),
        ({"aud": [CLIENT, "another-client"]}, "claim_azp"),
        ({"aud": [CLIENT, "another-client"], "azp": "another-client"}, "claim_azp"),
        ({"exp": 1}, "claim_exp"),
        ({"exp": None}, "claim_exp"),
        ({"iat": 4_000_000_000}, "claim_iat"),
        ({"nbf": 4_000_000_000}, "claim_nbf"),
        ({"sub": None}, "claim_sub"),
        ({"sub": ""}, "claim_sub"),
    ],
)
def test_a_token_that_is_not_meant_for_this_sign_in_is_refused(clinic: Clinic, idp, spoil: dict, why: str):
    idp.spoil = spoil
    refused(clinic, "was not right, so nobody was let in", why)


def test_a_token_that_ran_out_a_moment_ago_is_still_taken_and_later_not(clinic: Clinic, idp: IdentityProvider):
    """Two clocks differ by some seconds; a minute is the most we believe."""
    now = int(clinic.clock.now.timestamp())
    idp.spoil = {"exp": now - 30}
    assert come_in(clinic).get("/").status_code == 200
    idp.spoil = {"exp": now - 61}
    refused(clinic, "was not right", "claim_exp")


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_without_a_signature_of_the_provider_is_refused(clinic: Clinic, idp, algorithm: str):
    idp.algorithm = algorithm
    refused(clinic, "was not right", "signature")


def test_a_token_signed_by_a_stranger_is_refused(clinic: Clinic, idp: IdentityProvider):
    idp.signs_with = RSAKey.generate_key(2048, {"kid": "one"})
    refused(clinic, "was not right", "signature")


def test_a_symmetric_key_among_the_published_ones_is_never_used(clinic: Clinic, idp: IdentityProvider):
    secret = OctKey.import_key("x" * 40, {"kid": "one"})
    idp.published = [secret.as_dict(private=True, kid="one"), idp.key.as_dict(private=False, kid="two")]
    idp.signs_with, idp.algorithm = secret, "HS512"
    refused(clinic, "was not right", "signature")


def test_an_answer_of_another_issuer_is_refused(clinic: Clinic, idp: IdentityProvider):
    idp.answer_iss = "https://evil.example"
    refused(clinic, "another sign-in provider", "issuer")


def test_somebody_whom_the_provider_refuses_is_refused(clinic: Clinic, idp: IdentityProvider):
    idp.says_no = "access_denied"
    refused(clinic, "did not let you in", "provider_refused")


@pytest.mark.parametrize("changed", ["state=stolen", "state="])
def test_an_answer_with_another_state_is_refused(clinic: Clinic, idp: IdentityProvider, changed: str):
    visitor = Visitor(clinic)
    back = re.sub(r"state=[^&]*", changed, leave(visitor))
    answer = visitor.get(back)
    assert answer.status_code == 403
    assert "did not begin" not in answer.text
    assert visitor.get("/").status_code == 303


def test_an_answer_in_another_browser_opens_nothing(clinic: Clinic, idp: IdentityProvider):
    """Somebody lures a nurse into an attacker's account, or steals an answer on its way."""
    back = leave(Visitor(clinic))
    other = Visitor(clinic)
    assert other.get(back).status_code == 403
    leave(other)
    assert other.get(back).status_code == 403
    assert other.get("/").status_code == 303


def test_an_answer_counts_once(clinic: Clinic, idp: IdentityProvider):
    visitor = Visitor(clinic)
    back = leave(visitor)
    kept = dict(visitor.cookies)
    assert visitor.get(back).status_code == 303
    again = Visitor(clinic)
    again.cookies.update(kept)
    assert again.get(back).status_code == 403
    assert again.get("/").status_code == 303


def test_an_answer_after_ten_minutes_is_too_late(clinic: Clinic, idp, monkeypatch: pytest.MonkeyPatch):
    visitor = Visitor(clinic)
    back = leave(visitor)
    import time

    later = time.time() + timedelta(minutes=11).total_seconds()
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    answer = visitor.get(back)
    assert answer.status_code == 403
    assert "took too long" in answer.text


# --- the provider is away or strange ---


@pytest.mark.parametrize("part", ["description", "token", "keys"])
def test_a_provider_that_does_not_answer_is_said_so_and_passwords_still_work(clinic: Clinic, idp, part: str):
    idp.down = {part}
    visitor = Visitor(clinic)
    answer = visitor.get("/sign-in/clinic")
    if part != "description":
        answer = visitor.get(leave(visitor))
    assert answer.status_code == 503
    assert "user name and password" in answer.text
    assert visitor.sign_in("viewer").status_code == 303


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": None},
    ],
)
def test_a_description_that_leads_elsewhere_is_not_followed(clinic: Clinic, idp, description: dict):
    idp.description = description
    assert Visitor(clinic).get("/sign-in/clinic").status_code == 503


def test_the_description_is_kept_for_an_hour(clinic: Clinic, idp: IdentityProvider):
    come_in(clinic)
    come_in(clinic)
    assert idp.asked.count("description") == 1
    clinic.clock.forward(minutes=61)
    come_in(clinic)
    assert idp.asked.count("description") == 2


# --- out, and what such an account has not ---


def test_signing_out_ends_our_sitting_and_leads_to_the_providers(clinic: Clinic, idp: IdentityProvider):
    visitor = come_in(clinic)
    answer = visitor.submit("/account", "/sign-out")
    page = visitor.get(answer.headers["location"]).text
    link = re.search(r'href="([^"]+/leave[^"]*)"', page).group(1)
    assert f"client_id={CLIENT}" in link
    assert visitor.get("/").status_code == 303


def test_signing_out_of_a_password_account_does_not_speak_of_the_provider(clinic: Clinic, idp: IdentityProvider):
    visitor = Visitor(clinic)
    visitor.sign_in("viewer")
    answer = visitor.submit("/", "/sign-out")
    assert "/leave" not in visitor.get(answer.headers["location"]).text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/account/password", {"old": "", "new": "four new words here", "again": "four new words here"}),
        ("/account/code-on", {"secret": "A" * 32, "code": "000000"}),
    ],
)
def test_such_an_account_has_no_password_and_no_code_of_ours(clinic: Clinic, idp, path: str, fields: dict):
    visitor = come_in(clinic)
    answer = visitor.submit("/", path, **fields)
    assert answer.status_code == 409
    assert "through your clinic" in answer.text


def test_an_admin_cannot_give_such_an_account_a_password(clinic: Clinic, idp: IdentityProvider, signed_in):
    come_in(clinic)
    person = next(person for person in clinic.desk.all_staff() if person.identity)
    admin = signed_in("admin")
    answer = admin.submit("/people", f"/people/{person.id}", step="password", password="four words to keep")
    assert answer.status_code == 409
    assert "has no password here" in answer.text


def test_a_name_from_the_provider_is_never_markup(clinic: Clinic, idp: IdentityProvider, signed_in):
    idp.person.update(name="<script>alert(1)</script>", preferred_username="<b>\x00nora")
    come_in(clinic)
    assert "<script>alert" not in signed_in("admin").get("/people").text


def test_the_providers_secret_hides(clinic: Clinic, idp: IdentityProvider):
    assert SECRET not in repr(clinic.parts)
