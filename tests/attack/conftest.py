"""The same doors as the tests of the channels and of the console."""

from channels.conftest import anyio_backend, door, world  # noqa: F401
