"""What a test needs that is no Python package: absent, the test is skipped, and CI fails."""

import os

import pytest


def needs(is_there: bool, reason: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Skip the test for that reason; with FLOWSYNC_NO_SKIP fail it, as nothing may be left out there."""
    if not is_there and os.environ.get("FLOWSYNC_NO_SKIP"):
        pytest.fail(reason)
    if not is_there:
        pytest.skip(reason)
