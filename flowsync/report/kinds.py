"""Explain each kind of finding: what it means, and what to do."""

from collections.abc import Mapping
from typing import Final

_EXPLANATIONS: Final[Mapping[str, tuple[str, str]]] = {
    "flow-added": ("The flow was not there before.", "Check its schedule, its owners and its links."),
    "flow-new": ("The flow is not in the repository yet.", "Commit it with flowsync sync."),
    "flow-removed": (
        "The flow does not exist any more, or the platform does not list it.",
        "Check that it was removed on purpose, and change the flows that wait for it.",
    ),
    "flow-missing": (
        "The flow is in the repository, but not on the platform.",
        "Check that it was removed on purpose, and delete its file.",
    ),
    "flow-renamed": (
        "Other flows link to a flow by its name.",
        "Change every link that still has the old name.",
    ),
    "flow-changed": ("Only the notation of the file differs.", "Commit the file as it is now."),
    "flow": ("The flow as a whole differs.", "Check that this is intended."),
    "schedule": (
        "The flow or the task runs at other times.",
        "Check the next runs, and the flows that wait for it.",
    ),
    "settings": ("A setting of the flow or the task differs.", "Check how its next run behaves."),
    "alerting": ("Alerts are sent to others, in another way, or not at all.", "Check who notices a failure."),
    "description": ("Only text for readers differs.", "Nothing needs to be done."),
    "owner": ("Owners may edit the flow.", "Check that the right people own it, and that an owner is left."),
    "visitor": ("Visitors may view the flow.", "Check that the right people can view it."),
    "parameter": ("Commands use parameters by their names.", "Check every command that uses the parameter."),
    "task-renamed": (
        "Relations, and links of other flows, name a task.",
        "Change every link that still has the old name.",
    ),
    "task": (
        "The flow has other tasks, or a field of one differs.",
        "Check what waits for the task, also in other flows.",
    ),
    "body": ("The task runs another command.", "Review the command as you review code."),
    "run-mode": ("The task runs with other resources or in another place.", "Check that they are available."),
    "relation": (
        "The order of the tasks differs.",
        "Check that each task still starts after everything that it needs.",
    ),
    "link": (
        "The flow waits for another flow or task than before.",
        "Check that its data is complete before it starts.",
    ),
    "unknown-field": (
        "The platform sends a field that flowsync does not know.",
        "Check its meaning; list it under ignore in flowsync.yaml if it is noise.",
    ),
}
"""What it means and what to do, by kind, or by subject for all other kinds of that subject."""


def explain_kind(kind: str) -> tuple[str, str]:
    """Return what a kind of finding (`task-renamed`) means, and what to do."""
    subjects = (subject for subject in _EXPLANATIONS if kind.startswith(f"{subject}-"))
    return _EXPLANATIONS[kind if kind in _EXPLANATIONS else max(subjects, key=len)]
