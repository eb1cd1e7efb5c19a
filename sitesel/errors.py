"""One family of errors: each says what is wrong, where, and what would mend it."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


_SHOWN = 30  # names in a list


class SiteselError(Exception):
    """A mistake the user can mend; the command line prints it and exits with 2."""


class StudyError(SiteselError, ValueError):
    """A study file that cannot be used as written."""


class LayerError(SiteselError, ValueError):
    """A layer definition or its data that cannot be used as written."""


class FetchError(SiteselError, OSError):
    """A source that cannot be reached, or that answers with something else than data."""


class UnknownNameError(SiteselError, KeyError):
    """A layer, study, place or site that nothing is known by."""

    def __str__(self) -> str:
        """Return the plain message (KeyError would quote it)."""
        return str(self.args[0])


def printable(text: str) -> str:
    """Return text that cannot steer a terminal: control characters become a replacement sign.

    Examples
    --------
    >>> printable("Laredo" + chr(27) + "[31m")
    'Laredo\ufffd[31m'
    """
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", "\ufffd", text)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Suggest the closest known name, or list what there is.

    Examples
    --------
    >>> did_you_mean("power_plant", ["power_plants", "rail"])
    "did you mean 'power_plants'?"
    >>> did_you_mean("zzz", ["power_plants", "rail"])
    'known: power_plants, rail'
    """
    choices = sorted(known)
    close = get_close_matches(name, choices, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    more = f" and {len(choices) - _SHOWN} more" if len(choices) > _SHOWN else ""
    return f"known: {', '.join(choices[:_SHOWN])}{more}"
