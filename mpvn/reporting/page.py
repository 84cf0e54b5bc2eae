"""The page: one self-contained HTML file."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from mpvn.errors import InputError

TEMPLATE = "page.html"
_PLACE = "__DATA__"


def of_facts(facts: Mapping[str, Any]) -> str:
    """The page with the content from `mpvn.reporting.facts`.

    Raises:
        InputError: a value is not finite.
    """
    template = (files(__package__) / TEMPLATE).read_text(encoding="utf-8")
    try:
        text = json.dumps(facts, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise InputError(f"the run reports a value that is not finite, which a page cannot contain ({error})") from None
    return template.replace(_PLACE, text.replace("</", "<\\/"))  # this would end the element that contains it
