"""The registry's part of the cast, for the desk's pages on it."""

from tests.registry.conftest import agree, entry, make_entry, sensing

__all__ = ["agree", "entry", "make_entry", "sensing"]
