"""Addresses that somebody typed by hand, or made to break a page."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from console.conftest import cheap_hashes, clinic, empty_ledger, password_hash, signed_in  # noqa: F401


@pytest.mark.parametrize(
    "address",
    [
        "/?page=²",
        "/?page=-1",
        "/audit?page=²",
        "/?until=9999-12-31",
        "/?since=0000-00-00",
        "/?who='--",
        "/search?q=\x00",
    ],
)
def test_an_odd_address_is_a_page_like_any_other(signed_in: Callable, address: str) -> None:  # noqa: F811
    assert signed_in("admin").get(quote(address, safe="/?=&'")).status_code == 200


@pytest.mark.parametrize("words", ['" OR 1=1 --', "NEAR(", '"', "*", "words:x", "AND", "a" * 5000, "²", "(", "-x"])
def test_search_takes_operators_as_words(signed_in: Callable, words: str) -> None:  # noqa: F811
    assert signed_in("viewer").get(f"/search?q={quote(words)}").status_code == 200


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "javascript:alert(1)"]
)
def test_after_signing_in_nobody_is_sent_elsewhere(clinic, wanted: str) -> None:  # noqa: F811
    from console.conftest import Visitor

    page = Visitor(clinic).get(f"/sign-in?next={quote(wanted, safe='')}").text
    assert 'name="next" value="/"' in page


def test_a_cookie_from_before_signing_in_is_never_taken_over(clinic) -> None:  # noqa: F811
    from console.conftest import Visitor

    visitor = Visitor(clinic)
    visitor.cookies.set("b12-staff", "chosen-by-somebody-else")
    answer = visitor.sign_in("viewer")
    assert answer.status_code == 303
    assert "chosen-by-somebody-else" not in answer.headers["set-cookie"]
    stranger = Visitor(clinic)
    stranger.cookies.set("b12-staff", "chosen-by-somebody-else")
    assert stranger.get("/").status_code == 303
