"""Documents that are checked and never change, and words for their mistakes."""

from typing import Annotated

import pytest
import yaml
from pydantic import Field, ValidationError

from sitesel.records import Record, Text, explain, from_yaml


class Gauge(Record):
    """A sample document."""

    name: Text
    flow: Annotated[float, Field(ge=0)]
    tags: list[str] = Field(default_factory=list)


def _complaint(content):
    with pytest.raises(ValidationError) as caught:
        Gauge.model_validate(content)
    return explain("gauge.yaml", caught.value)


def test_a_text_has_both_languages_or_one_for_both():
    assert Text(en="water", es="agua")["en"] == "water"
    assert Text(en="water", es="agua")["es"] == "agua"
    assert Gauge.model_validate({"name": "Laredo", "flow": 1}).name == Text(
        en="Laredo", es="Laredo"
    )


@pytest.mark.parametrize("words", [{"en": "water"}, {"es": "agua"}, {"en": "a", "es": None}, 7, []])
def test_a_text_with_one_language_missing_is_refused(words):
    with pytest.raises(ValidationError):
        Text.model_validate(words)


def test_a_key_that_stands_twice_in_one_mapping_is_refused_with_its_lines():
    with pytest.raises(yaml.YAMLError, match=r"^line 4: the key 'b' stands in line 2 already"):
        from_yaml('a:\n  b: 1\n  c: {b: 2}\n  "b": 3\n')
    with pytest.raises(yaml.YAMLError, match=r"^line 1: the key 'x'"):
        from_yaml("[{a: {x: 1, x: 1}}]")
    assert from_yaml("[{a: 1}, {a: 2, b: {a: 3}}, {1: a, '1': b}]")[2] == {1: "a", "1": "b"}


def test_what_a_mapping_borrows_may_be_said_again():
    text = "base: &base {a: 1, b: 2}\none: &one {<<: *base, b: 3}\ntwo: {<<: *one, b: 4}\n"
    assert from_yaml(text)["one"] == {"a": 1, "b": 3}
    assert from_yaml(text)["two"] == {"a": 1, "b": 4}
    assert from_yaml("two: {<<: [{b: 4}, {b: 5}]}") == {"two": {"b": 4}}


def test_records_are_frozen():
    gauge = Gauge.model_validate({"name": "Laredo", "flow": 1})
    with pytest.raises(ValidationError, match="frozen"):
        gauge.flow = 2


def test_an_unknown_key_is_named_with_its_file():
    said = _complaint({"name": "Laredo", "flow": 1, "flwo": 2})
    assert said == ("gauge.yaml: flwo: unknown key; remove it or check its spelling (here: 2)")


def test_each_mistake_has_its_line_with_key_and_value():
    said = _complaint({"name": {"en": "Laredo"}, "flow": -1, "tags": ["a", 5]})
    assert len(said.splitlines()) == 3
    assert all(line.startswith("gauge.yaml: ") for line in said.splitlines())
    assert "name.es: Field required" in said
    assert "flow: " in said
    assert "(here: -1)" in said
    assert "tags.1: " in said


def test_a_document_that_is_no_mapping_is_called_so():
    assert _complaint(None).startswith("gauge.yaml: (document): ")
    assert _complaint([1, 2]).startswith("gauge.yaml: (document): ")


def test_own_messages_lose_the_librarys_prefix():
    from sitesel.study_parts import BoxArea

    with pytest.raises(ValidationError) as caught:
        BoxArea.model_validate({"bbox": [1, 1, 0, 0]})
    said = explain("s.yaml", caught.value)
    assert "Value error" not in said
    assert "west < east" in said
