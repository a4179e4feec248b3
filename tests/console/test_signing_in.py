"""The gate: closed by default, patient with forgetful people, tiring for guessers."""

from __future__ import annotations

import re

import pytest

from bot.console import create_console
from bot.console.entrance import REFUSED, Failures
from bot.console.passwords import _totp, new_totp_secret
from bot.console.visits import safe_next
from bot.conversation.desk_people import Role

from .conftest import Visitor
from .seeding import NOON, PASSWORD, Clinic

OPEN = {"/health", "/sign-in", "/sign-in/clinic", "/sign-in/clinic/back", "/static"}


def addresses(clinic: Clinic) -> list[tuple[str, str]]:
    """(method, path) of everything the console answers to, but what is open to all."""
    found = []
    for route in create_console(clinic.parts).routes:
        path = route.path  # type: ignore[attr-defined]
        if path in OPEN:
            continue
        for method in route.methods - {"HEAD"}:  # type: ignore[attr-defined]
            filled = re.sub(r"\{talk\}", "talk-emergency", path)
            found.append((method, re.sub(r"\{\w+\}", "x1", filled)))
    return found


# --- nobody is signed in ---


def test_everything_is_closed_to_strangers(clinic: Clinic, visitor: Visitor):
    """A page that forgets to say who may see it would fail here."""
    clinic.emergency()
    seen = addresses(clinic)
    assert len(seen) > 25
    for method, path in seen:
        answer = visitor.request(method, path, data={"reason": "because"} if method == "POST" else None)
        assert answer.status_code in (303, 401), (method, path)
        assert answer.headers.get("location", "/sign-in").startswith("/sign-in")
        assert "throat" not in answer.text


def test_a_stranger_is_led_back_to_the_page_they_wanted(clinic: Clinic, visitor: Visitor):
    clinic.emergency()
    assert visitor.get("/talk/talk-emergency").headers["location"] == "/sign-in?next=%2Ftalk%2Ftalk-emergency"
    page = visitor.get("/sign-in?next=/talk/talk-emergency").text
    assert 'name="next" value="/talk/talk-emergency"' in page
    answer = visitor.submit(
        "/sign-in?next=/talk/talk-emergency",
        "/sign-in",
        username="viewer",
        password=PASSWORD,
        next="/talk/talk-emergency",
    )
    assert answer.headers["location"] == "/talk/talk-emergency"


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "//[", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "evil", "/\tx"],
)
def test_nobody_is_led_to_another_host(path: str):
    assert safe_next(path) == "/"


def test_an_open_page_gets_a_bare_refusal_for_its_own_questions(visitor: Visitor):
    answer = visitor.get("/inbox/rows")
    assert (answer.status_code, answer.text) == (401, "")


def test_the_health_page_says_only_that_it_is_alive(visitor: Visitor):
    assert visitor.get("/health").json() == {"alive": True}


@pytest.mark.parametrize("path", ["/nowhere", "/talk/talk-emergency/nothing", "/static/nothing.js"])
def test_an_unknown_address_says_the_same_to_everybody(visitor: Visitor, path: str):
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


# --- names, passwords and codes ---


def test_the_right_password_opens_a_sitting(visitor: Visitor):
    answer = visitor.sign_in("clinician")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert visitor.get("/").status_code == 200


@pytest.mark.parametrize(
    ("name", "password"), [("clinician", "wrong password"), ("nobody", PASSWORD), ("", ""), ("clinician", "")]
)
def test_a_wrong_name_and_a_wrong_password_are_told_apart_by_nobody(visitor: Visitor, name: str, password: str):
    answer = visitor.sign_in(name, password)
    assert answer.status_code == 401
    assert REFUSED in answer.text
    assert visitor.get("/").status_code == 303


def test_a_disabled_account_is_refused_in_the_same_words(clinic: Clinic, visitor: Visitor):
    person = clinic.desk.staff_named("clinician")
    clinic.desk.change_staff(person.id, by="system", now=NOON, active=False)
    answer = visitor.sign_in("clinician")
    assert REFUSED in answer.text


def test_five_wrong_tries_lock_an_account_for_fifteen_minutes(clinic: Clinic, visitor: Visitor):
    for _ in range(5):
        assert visitor.sign_in("clinician", "wrong password").status_code == 401
    assert visitor.sign_in("clinician").status_code == 401
    clinic.clock.forward(minutes=14, seconds=59)
    assert visitor.sign_in("clinician").status_code == 401
    clinic.clock.forward(seconds=2)
    assert visitor.sign_in("clinician").status_code == 303


def test_four_wrong_tries_do_not_lock_and_success_forgets_them(clinic: Clinic, visitor: Visitor):
    for _ in range(2):
        for _ in range(4):
            visitor.sign_in("clinician", "wrong password")
        assert visitor.sign_in("clinician").status_code == 303
        visitor.cookies.clear()


def test_an_address_that_keeps_failing_has_to_wait(clinic: Clinic, visitor: Visitor):
    for number in range(30):
        visitor.sign_in(f"guess{number}", "wrong password")
    answer = visitor.sign_in("viewer")
    assert answer.status_code == 429
    clinic.clock.forward(minutes=11)
    assert visitor.sign_in("viewer").status_code == 303


def test_the_memory_of_failures_is_bounded():
    failures = Failures(most=2, addresses=3)
    for number in range(50):
        failures.note(f"10.0.0.{number}", now=NOON)
    assert len(failures._times) == 3


def test_a_code_is_asked_where_one_is_set_up(clinic: Clinic, visitor: Visitor):
    person, secret = clinic.desk.staff_named("clinician"), new_totp_secret()
    clinic.desk.change_staff(person.id, by="system", now=NOON, totp_secret=secret)
    assert visitor.sign_in("clinician").status_code == 401
    assert visitor.sign_in("clinician", code="000000").status_code == 401
    assert visitor.sign_in("clinician", code=_totp(secret, int(NOON.timestamp()) // 30)).status_code == 303


def test_a_code_counts_once_and_earlier_ones_no_more(clinic: Clinic):
    """Whoever reads it over a shoulder has the 90 seconds in which it would still fit."""
    person, secret = clinic.desk.staff_named("clinician"), new_totp_secret()
    clinic.desk.change_staff(person.id, by="system", now=NOON, totp_secret=secret)
    step = int(NOON.timestamp()) // 30
    assert Visitor(clinic).sign_in("clinician", code=_totp(secret, step)).status_code == 303
    assert Visitor(clinic).sign_in("clinician", code=_totp(secret, step)).status_code == 401
    assert Visitor(clinic).sign_in("clinician", code=_totp(secret, step - 1)).status_code == 401
    clinic.clock.forward(seconds=30)
    assert Visitor(clinic).sign_in("clinician", code=_totp(secret, step)).status_code == 401
    assert Visitor(clinic).sign_in("clinician", code=_totp(secret, step + 1)).status_code == 303


def test_the_code_that_switched_the_second_factor_on_is_used_up(clinic: Clinic, signed_in):
    secret, step = new_totp_secret(), int(NOON.timestamp()) // 30
    visitor = signed_in("clinician")
    assert visitor.submit("/account", "/account/code-on", secret=secret, code=_totp(secret, step)).status_code == 303
    assert Visitor(clinic).sign_in("clinician", code=_totp(secret, step)).status_code == 401
    assert Visitor(clinic).sign_in("clinician", code=_totp(secret, step + 1)).status_code == 303


def test_a_new_key_begins_to_count_anew(clinic: Clinic):
    person = clinic.desk.staff_named("clinician")
    step = int(NOON.timestamp()) // 30
    for secret in (new_totp_secret(), new_totp_secret()):
        clinic.desk.change_staff(person.id, by="system", now=NOON, totp_secret=secret)
        assert Visitor(clinic).sign_in("clinician", code=_totp(secret, step)).status_code == 303


def test_a_sign_in_form_that_was_not_ours_is_refused(visitor: Visitor):
    """Otherwise somebody could sign staff in to an account of their own and read what they write there."""
    visitor.get("/sign-in")
    answer = visitor.post("/sign-in", data={"form": "forged", "username": "viewer", "password": PASSWORD})
    assert answer.status_code == 403
    assert visitor.get("/").status_code == 303


def test_the_form_token_of_another_browser_does_not_fit(clinic: Clinic, visitor: Visitor):
    other = Visitor(clinic)
    token = re.search(r'name="form" value="([^"]+)"', other.get("/sign-in").text).group(1)
    visitor.get("/sign-in")
    answer = visitor.post("/sign-in", data={"form": token, "username": "viewer", "password": PASSWORD})
    assert answer.status_code == 403


def test_a_password_is_never_sent_back(visitor: Visitor):
    assert "wrong password" not in visitor.sign_in("clinician", "wrong password").text


# --- the sitting ---


def test_the_records_hold_no_token_that_a_thief_could_use(clinic: Clinic, visitor: Visitor):
    visitor.sign_in("clinician")
    token = visitor.cookies["b12-staff"]
    files = list(clinic.path.parent.glob("clinic.db*"))
    assert files
    for path in files:
        assert token.encode() not in path.read_bytes()


def test_a_sitting_ends_after_half_an_hour_without_a_step(clinic: Clinic, signed_in):
    visitor = signed_in("viewer")
    clinic.clock.forward(minutes=29)
    assert visitor.get("/").status_code == 200
    clinic.clock.forward(minutes=31)
    assert visitor.get("/").status_code == 303


def test_steps_keep_a_sitting_alive_but_not_beyond_a_working_day(clinic: Clinic, signed_in):
    visitor = signed_in("viewer")
    alive = 0
    while visitor.get("/").status_code == 200:
        clinic.clock.forward(minutes=20)
        alive += 20
    assert 9.5 * 60 <= alive <= 10 * 60 + 20


def test_questions_of_an_open_page_do_not_keep_a_sitting_alive(clinic: Clinic, signed_in):
    visitor = signed_in("viewer")
    for _ in range(31):
        visitor.get("/inbox/rows")
        clinic.clock.forward(minutes=1)
    assert visitor.get("/inbox/rows").status_code == 401


def test_signing_out_ends_the_sitting_also_for_a_copied_cookie(clinic: Clinic, signed_in):
    visitor = signed_in("viewer")
    stolen = visitor.cookies["b12-staff"]
    answer = visitor.submit("/", "/sign-out")
    assert answer.headers["location"].startswith("/sign-in")
    thief = Visitor(clinic)
    thief.cookies["b12-staff"] = stolen
    assert thief.get("/").status_code == 303


def test_signing_out_also_ends_the_token_that_was_replaced(clinic: Clinic, signed_in):
    visitor = signed_in("viewer")
    first = visitor.cookies["b12-staff"]
    clinic.clock.forward(minutes=20)
    visitor.get("/")
    assert visitor.cookies["b12-staff"] != first
    visitor.submit("/", "/sign-out")
    thief = Visitor(clinic)
    thief.cookies["b12-staff"] = first
    assert thief.get("/").status_code == 303


def test_a_form_loaded_before_the_token_was_replaced_still_works(clinic: Clinic, signed_in):
    """A nurse who writes a long reply must not lose it to a renewal in another tab."""
    talk = clinic.emergency()
    visitor = signed_in("clinician")
    page = visitor.get(f"/talk/{talk}").text
    form = re.search(r'name="form" value="([^"]+)"', page).group(1)
    clinic.clock.forward(minutes=20)
    visitor.get("/")
    answer = visitor.post(f"/talk/{talk}/notes", data={"form": form, "text": "still mine"})
    assert answer.headers["location"].endswith("#notes")


def test_a_changed_role_counts_at_once(clinic: Clinic, signed_in):
    visitor = signed_in("admin")
    clinic.person("second", Role.ADMIN)
    person = clinic.desk.staff_named("admin")
    clinic.desk.change_staff(person.id, by="system", now=NOON, role=Role.VIEWER)
    assert visitor.get("/people").status_code == 303  # its sittings ended with the change


# --- one's own account ---


def test_a_new_password_needs_the_old_one_and_ends_other_sittings(clinic: Clinic, signed_in):
    here, elsewhere = signed_in("clinician"), signed_in("clinician")
    wrong = here.submit(
        "/account", "/account/password", old="not it at all", new="four new words here", again="four new words here"
    )
    assert wrong.status_code == 422
    assert "This is not your password." in wrong.text
    done = here.submit(
        "/account", "/account/password", old=PASSWORD, new="four new words here", again="four new words here"
    )
    assert done.headers["location"] == "/account?done=password"
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 303
    assert Visitor(clinic).sign_in("clinician", "four new words here").status_code == 303


@pytest.mark.parametrize(
    ("new", "again"),
    [
        ("short", "short"),
        ("aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa"),
        ("clinician-2026!", "clinician-2026!"),
        ("four new words here", "four new words"),
    ],
)
def test_a_poor_password_is_refused_with_a_reason(signed_in, new: str, again: str):
    answer = signed_in("clinician").submit("/account", "/account/password", old=PASSWORD, new=new, again=again)
    assert answer.status_code == 422
    assert 'class="fault"' in answer.text


def test_a_code_is_switched_on_only_after_it_worked_once(clinic: Clinic, signed_in):
    visitor, secret = signed_in("clinician"), new_totp_secret()
    assert visitor.submit("/account", "/account/code-on", secret=secret, code="123").status_code == 422
    assert clinic.desk.staff_named("clinician").totp_secret is None
    code = _totp(secret, int(NOON.timestamp()) // 30)
    assert visitor.submit("/account", "/account/code-on", secret=secret, code=code).status_code == 303
    assert clinic.desk.staff_named("clinician").totp_secret == secret
    assert visitor.submit("/account", "/account/code-off", password="wrong").status_code == 422
    assert visitor.submit("/account", "/account/code-off", password=PASSWORD).status_code == 303
    assert clinic.desk.staff_named("clinician").totp_secret is None


# --- what the browser is told ---


@pytest.mark.parametrize("path", ["/sign-in", "/", "/nowhere", "/health", "/static/console.css", "/static/console.js"])
def test_every_answer_carries_the_safe_headers(signed_in, path: str):
    headers = signed_in("viewer").get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    if not path.startswith("/static"):
        assert headers["cache-control"] == "no-store"


def test_no_page_has_script_or_style_of_its_own(clinic: Clinic, signed_in):
    clinic.emergency()
    visitor = signed_in("admin")
    for path in ("/", "/talk/talk-emergency", "/search", "/figures", "/people", "/audit", "/account"):
        page = visitor.get(path).text
        assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", page), path
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page), path


def test_behind_tls_cookies_are_locked_to_this_host(clinic: Clinic):
    from dataclasses import replace

    clinic.parts = replace(clinic.parts, secure=True)
    visitor = Visitor(clinic)
    visitor.base_url = "https://console.test"
    answer = visitor.sign_in("viewer")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-b12-staff=")
    assert "Secure" in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_a_short_secret_stops_the_start(clinic: Clinic):
    from dataclasses import replace

    with pytest.raises(ValueError, match="B12_SESSION_SECRET"):
        replace(clinic.parts, secret="short")


def test_the_secret_hides(clinic: Clinic):
    assert "ssss" not in repr(clinic.parts)
