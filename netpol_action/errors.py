"""The errors that end a run: each carries one sentence for the user and becomes an exit code in `cli`."""

from __future__ import annotations


class NetpolActionError(Exception):
    """The base of the errors that the program raises on purpose; its text is shown as it is."""


class UsageError(NetpolActionError):
    """The call is unusable: an unknown option, a missing path, two options that exclude each other."""


class InputError(NetpolActionError):
    """Nothing of the input can be used, or using it would be unsafe."""
