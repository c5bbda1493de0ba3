"""A run as one self-contained web page."""

from flowsync.report.html.page import html

__all__ = ["html"]
