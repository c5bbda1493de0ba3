"""A run as Markdown: a comment in a review."""

from flowsync.report.markdown.comment import markdown

__all__ = ["markdown"]
