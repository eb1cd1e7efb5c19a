"""Days as people write them; files for machines keep the ISO form."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sitesel.records import Language

# As browsers write them for en-US and es-MX.
_MONTHS: dict[Language, str] = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
}
_DAY = re.compile(r"(?<![\w-])(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d[\d:.]*Z?)?(?![\w-])")


def day(iso: str, language: Language) -> str:
    """Write a day as readers of a language do; what is no day stays as it is.

    Examples
    --------
    >>> day("2028-12-31", "en"), day("2028-12-31", "es"), day("2028-12", "en")
    ('Dec 31, 2028', '31 dic 2028', '2028-12')
    """
    try:
        when = date.fromisoformat(iso)
    except ValueError:
        return iso
    month = _MONTHS[language].split()[when.month - 1]
    if language == "en":
        return f"{month} {when.day}, {when.year}"
    return f"{when.day} {month} {when.year}"


def with_days(text: str, language: Language) -> str:
    """Write all days in a text as readers of a language do.

    Examples
    --------
    >>> with_days("press of 2025-01-02, docket 2025-01-02-7", "es")
    'press of 2 ene 2025, docket 2025-01-02-7'
    """
    return _DAY.sub(lambda found: day(found[1], language), text)
