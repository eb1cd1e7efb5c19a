"""Documents that are checked and never change, and words for their mistakes."""

import time
from typing import Annotated

import pytest
import yaml
from pydantic import Field, ValidationError

from sitesel.errors import StudyError
from sitesel.records import Record, Text, explain, from_yaml, read_yaml


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


@pytest.mark.parametrize(
    ("scalar", "kind"),
    [
        ('!!int ""', "'' cannot be read as a whole number"),
        ('!!int "-"', "'-' cannot be read as a whole number"),
        ("0b_", "'0b_' cannot be read as a whole number"),
        ("1" + "0" * 310, f"'1{'0' * 79}…' cannot be read as a whole number"),
        ("-1" + "0" * 5000, f"'-1{'0' * 78}…' cannot be read as a whole number"),
        ("0x" + "f" * 300, "cannot be read as a whole number"),
        ('!!float ""', "'' cannot be read as a number"),
        ("1" + ":59" * 400 + ".5", "cannot be read as a number"),
        ("!!bool x", "'x' cannot be read as yes or no"),
        ('!!bool ""', "'' cannot be read as yes or no"),
        ("!!timestamp x", "'x' cannot be read as a date"),
        ("2026-13-45", "'2026-13-45' cannot be read as a date"),
    ],
)
def test_a_tag_that_does_not_fit_is_told_with_its_line(tmp_path, scalar, kind):
    path = tmp_path / "gauge.yaml"
    for text in (f"flow: {scalar}", f"flow: [1, {scalar}]", f"? {scalar}\n: 1"):
        path.write_text(f"name: x\n{text}\n", "utf-8")
        with pytest.raises(StudyError) as caught:
            read_yaml(path, StudyError)
        assert str(caught.value).startswith(f"{path}: cannot be read as YAML: line 2: '")
        assert f"{kind}; correct it, or put it in quotes" in str(caught.value)


def test_scalars_with_and_without_tags_are_read():
    text = "[1, 0x1F, 1.5, .inf, yes, 2026-11-21, !!int '7', !!float '7', !!bool 'no', !!str 7]"
    *numbers, day, seven, real, no, word = from_yaml(text)
    assert numbers == [1, 31, 1.5, float("inf"), True]
    assert (day.isoformat(), seven, real, no, word) == ("2026-11-21", 7, 7.0, False, "7")
    assert from_yaml("1" + "0" * 308) == 10**308


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_a_text_too_deep_is_refused_at_once(tmp_path, opening):
    path = tmp_path / "deep.yaml"
    path.write_text("name: x\nmore:\n  " + opening * 100_000, "utf-8")
    began = time.perf_counter()
    with pytest.raises(StudyError, match=r"deep\.yaml: .*line 3: more than 200 lists"):
        read_yaml(path, StudyError)
    assert time.perf_counter() - began < 2
    shallow = from_yaml("[" * 200 + "]" * 200)
    with pytest.raises(yaml.YAMLError, match="more than 200"):
        from_yaml("[" * 201 + "]" * 201)
    assert from_yaml("[" + "[[]], " * 500 + "]") == [[[]]] * 500
    assert str(shallow) == "[" * 200 + "]" * 200


def test_aliases_that_borrow_from_aliases_without_end_are_refused(tmp_path):
    path = tmp_path / "chain.yaml"
    links = [f"&a{n} {{<<: *a{n - 1}}}" for n in range(1, 1500)]
    path.write_text("<<: &last {links: [&a0 {x: 1}, " + ", ".join(links) + "]}\n", "utf-8")
    assert read_yaml(path, StudyError)["links"][-1] == {"x": 1}
    path.write_text("links: [&a0 {x: 1}, " + ", ".join(links) + "]\n<<: *a1499\n", "utf-8")
    with pytest.raises(StudyError, match=r"chain\.yaml: .*too many << within one another"):
        read_yaml(path, StudyError)


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


def test_of_a_long_value_the_beginning_is_shown():
    assert _complaint({"name": "x", "flow": "9z" * 50_000}).endswith(f"(here: '{'9z' * 40}…')")


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
