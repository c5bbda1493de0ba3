"""Skip tests that need a missing program; in CI they fail."""

import os

import pytest


def needs(is_there: bool, reason: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Skip the test unless `is_there`; with FLOWSYNC_NO_SKIP fail it."""
    if not is_there and os.environ.get("FLOWSYNC_NO_SKIP"):
        pytest.fail(reason)
    if not is_there:
        pytest.skip(reason)
