"""The Jinja2 environment of the pages: text is escaped, and characters that HTML forbids are replaced."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from flowsync.analysis.model import IMPACTS
from flowsync.flow.printable import escape_controls, escape_text, plural, printable_name, short_id
from flowsync.flow.values import json_text
from flowsync.report.headline import format_counts
from flowsync.report.html.findings import change_path, cut, explanations, name_of, printable_lines
from flowsync.report.html.side_by_side import side_by_side
from flowsync.report.show.flow import describe_frequency

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")


def render_template(template: str, context: Mapping[str, object]) -> Markup:
    """Render a template of this package."""
    text = _environment().get_template(f"{template}.html.jinja").render(context)
    return Markup(text)  # noqa: S704  # the environment escapes what the template prints


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("flowsync.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_without_forbidden,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (
        change_path,
        plural,
        cut,
        decimal,
        escape_controls,
        format_counts,
        describe_frequency,
        json_text,
        name_of,
        explanations,
        escape_text,
        printable_name,
        short_id,
        printable_lines,
        side_by_side,
    )
    environment.filters.update({function.__name__: function for function in filters})
    environment.globals.update(IMPACTS=IMPACTS)
    return environment


def decimal(number: float) -> str:
    """Format a coordinate of a drawing."""
    return f"{number:.1f}"


def _without_forbidden(value: object) -> object:
    return value if isinstance(value, Markup) else _FORBIDDEN.sub("\ufffd", str(value))
