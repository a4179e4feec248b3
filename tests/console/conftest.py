"""A clinic with three people and a browser that is signed in as one of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from jinja2 import FileSystemBytecodeCache
from starlette.testclient import TestClient

from bot.console import create_console, passwords, showing
from bot.console.passwords import hash_password
from bot.conversation.desk_people import Role
from bot.records import migrate

from .seeding import PASSWORD, Clinic


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "empty.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Argon2id as cheap as it can be made: these tests sign in hundreds of times."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", lambda: cheap)
        yield
    passwords._nobody.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Templates are compiled once for all consoles that these tests make, not once for each."""
    kept = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(showing, "Environment", partial(showing.Environment, bytecode_cache=kept))
        yield


@pytest.fixture(scope="session")
def password_hash(cheap_hashes: None) -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def clinic(empty_ledger: Path, tmp_path: Path, password_hash: str) -> Iterator[Clinic]:
    shutil.copy(empty_ledger, tmp_path / "clinic.db")
    made = Clinic(tmp_path / "clinic.db")
    for role in Role:
        made.person(role.value, role, name=f"{role.value.capitalize()} Person", password_hash=password_hash)
    yield made
    made.database.close()


class Visitor(TestClient):
    """A browser: keeps cookies, follows no redirect by itself, sends forms with the token of the page they are on."""

    def __init__(self, clinic: Clinic) -> None:
        super().__init__(create_console(clinic.parts), base_url="http://console.test", follow_redirects=False)
        self.clinic = clinic

    def sign_in(self, username: str, password: str = PASSWORD, **more: str):
        return self.submit("/sign-in", "/sign-in", username=username, password=password, **more)

    def submit(self, page: str, path: str, **fields: str):
        """Load `page`, then send a form from it to `path`."""
        found = re.search(r'name="form" value="([^"]*)"', self.get(page).text)
        return self.post(path, data={"form": found.group(1) if found else "", **fields})


@pytest.fixture
def visitor(clinic: Clinic) -> Visitor:
    return Visitor(clinic)


@pytest.fixture
def signed_in(clinic: Clinic) -> Callable[[str], Visitor]:
    def sign_in(role: str) -> Visitor:
        visitor = Visitor(clinic)
        assert visitor.sign_in(role).status_code == 303
        return visitor

    return sign_in
