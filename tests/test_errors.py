"""One family of errors, and suggestions that help."""

import pytest

from sitesel import errors
from sitesel.errors import did_you_mean


@pytest.mark.parametrize("kind", [errors.StudyError, errors.LayerError, errors.UnknownNameError])
def test_every_error_is_the_users_to_mend(kind):
    error = kind("ports.csv: row 3: no coordinates; fill them in")
    assert isinstance(error, errors.SiteselError)
    assert str(error) == "ports.csv: row 3: no coordinates; fill them in"


def test_callers_may_catch_the_builtin_kinds():
    assert issubclass(errors.StudyError, ValueError)
    assert issubclass(errors.LayerError, ValueError)
    assert issubclass(errors.UnknownNameError, KeyError)


@pytest.mark.parametrize(
    ("name", "known", "words"),
    [
        ("power_plant", ["rail", "power_plants"], "did you mean 'power_plants'?"),
        ("railways", ["power_plants", "rail"], "did you mean 'rail'?"),
        ("zzz", ["b", "a"], "known: a, b"),
        ("", ["b", "a"], "known: a, b"),
        ("otay_mes", {"otay_mesa": 1, "laredo": 2}, "did you mean 'otay_mesa'?"),
    ],
)
def test_a_close_name_is_suggested_else_all_are_listed(name, known, words):
    assert did_you_mean(name, known) == words


def test_names_may_come_from_a_generator():
    assert did_you_mean("larredo", (name for name in ("eagle_pass", "laredo"))) == (
        "did you mean 'laredo'?"
    )
