"""Plain scalars mean what they mean to Kubernetes (kubectl reads YAML through sigs.k8s.io/yaml)."""

from __future__ import annotations

import pytest
from reading_words import OBJECT, data, documents, problems

AS_KUBERNETES_READS = [
    *[(text, True) for text in ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")],
    *[(text, False) for text in ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")],
    *[(text, None) for text in ("", "~", "null", "Null", "NULL")],
    *[(text, text) for text in ("tRue", "yES", "nO", "nULL", "none", "12:30:45", "2020-01-01", "=", "<<", "v1.0")],
    *[
        (text, 8)
        for text in ("8", "+8", "08", "010", "0o10", "0O10", "0x8", "0X8", "0b1000", "8.0", "8.", "8e0", "0_8")
    ],
    *[(text, 511) for text in ("0777", "0o777", "5_11", "511_")],
    *[(text, 1000) for text in ("1e3", "1E3", "1e+3", "1_000", "1.0e3")],
    *[(text, -3) for text in ("-3", "-0b11", "-0o3", "-03", "-0x3", "-3.0")],
    *[(text, 0.5) for text in (".5", "0.5", "+.5", "5e-1", "0_.5")],
    *[(text, text) for text in ("0o8", "0b2", "0xg", "0b", "0x", "+", ".", "..", ".e3", "1e", "1e400", "1.2.3", ".5_")],
    (".5_5", 0.55),
    ("0", 0),
    ("-0", 0),
    ("-0.0", 0),
    ("1e-400", 0),
    ("-9223372036854775808", -(2**63)),
    ("18446744073709551615", 2**64 - 1),
    ("99999999999999999999", 10**20),
    ("1e21", 1e21),
    ("0xFFFFFFFFFFFFFFFFFF", "0xFFFFFFFFFFFFFFFFFF"),
    ("0777777777777777777777777", 777777777777777777777777.0),
    ("'y'", "y"),
    ('"010"', "010"),
    ("!!str 010", "010"),
    ("! 010", "010"),
    ("!!int '010'", 8),
    ("!!float 1", 1),
    ("!!bool 'yes'", True),
    ("!!null ''", None),
    ("!!timestamp 2020-01-01", "2020-01-01"),
]


@pytest.mark.parametrize(("text", "expected"), AS_KUBERNETES_READS)
def test_a_plain_scalar_means_what_kubernetes_takes_it_for(text: str, expected: object):
    found = data(text)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(("text", "expected"), AS_KUBERNETES_READS)
def test_it_means_the_same_in_a_list_and_a_mapping_in_flow_style(text: str, expected: object):
    found = data(f"[{text or 'null'}, {{key: {text or 'null'}}}]")
    assert found == [expected, {"key": expected}]


AS_KEYS = [
    ("a", "a"),
    ("'010'", "010"),
    ("y", "true"),
    ("off", "false"),
    ("010", "8"),
    ("0x10", "16"),
    ("1e3", "1000"),
    ("1.0", "1"),
    ("1.10", "1.1"),
    ("0.1", "0.1"),
    ("-0.00001", "-1e-05"),
    ("1234567.5", "1.2345675e+06"),
    ("1e21", "1e+21"),
    (".inf", ".inf"),
    ("-.inf", "-.inf"),
    (".nan", ".nan"),
    ("1e300", ".inf"),
    ("2020-01-01", "2020-01-01"),
    ("=", "="),
]


@pytest.mark.parametrize(("text", "expected"), AS_KEYS)
def test_a_key_becomes_text_as_kubernetes_makes_it(text: str, expected: object):
    (found,) = documents(f"{OBJECT}data:\n  {text}: here\n")
    assert found.value["data"] == {expected: "here"}


@pytest.mark.parametrize("key", ["null", "~", "[a]", "{a: b}", "? [a]\n  ", "18446744073709551615"])
def test_a_key_that_cannot_be_text_is_one_error(key: str):
    assert problems(f"{OBJECT}data:\n  {key}: here\n") == ["f1:4: a key must be text"]


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "[.inf]", "{a: .NaN}"])
def test_what_json_cannot_say_is_one_error(text: str):
    assert problems(f"{OBJECT}a: {text}\n") == ["f1:3: infinity and not-a-number are no values of a manifest"]


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("!!binary aGk=", "!!binary"),
        ("!!set {a, b}", "!!set"),
        ("!!omap [a: b]", "!!omap"),
        ("!!python/name:os.system", "!!python/name:os.system"),
        ("!!python/object/apply:os.system [ls]", "!!python/object/apply:os.system"),
        ("!Ref there", "!Ref"),
        ("!!map []", "!!map"),
        ("!!str {}", "!!str"),
    ],
)
def test_a_tag_of_another_world_is_one_error(text: str, tag: str):
    assert problems(f"{OBJECT}a: {text}\nb: {text}\n") == [
        f"f1:3: the tag {tag} is not one that a manifest may carry here"
    ]


def test_a_value_that_is_not_what_its_tag_says_is_an_error():
    assert problems(f"{OBJECT}a: !!int x\n") == ["f1:3: the value is not what its tag !!int says"]


MERGES = [
    ("the last of equal keys wins", "{a: 1, a: 2}", {"a": 2}),
    ("a merge adds keys", "{<<: *one, b: 1}", {"a": 1, "b": 1}),
    ("a key after a merge overrides it", "{<<: *one, a: 5}", {"a": 5}),
    ("a merge after a key overrides it, as in kubectl", "{a: 5, <<: *one}", {"a": 1}),
    ("the first of several wins", "{<<: [*one, *two]}", {"a": 1, "b": 2}),
    ("a mapping may be merged in place", "{<<: {a: 7}}", {"a": 7}),
    ("a quoted << is a key", "{'<<': {a: 7}}", {"<<": {"a": 7}}),
    ("an alias repeats a value", "[*one, *one]", [{"a": 1}, {"a": 1}]),
    ("an alias may be a key", "{*name : x}", {"eight": "x"}),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in MERGES], ids=[case[0] for case in MERGES])
def test_anchors_and_merge_keys(text: str, expected: object):
    anchors = "one: &one {a: 1}\ntwo: &two {a: 2, b: 2}\nname: &name eight\n"
    (found,) = documents(f"{OBJECT}{anchors}value: {text}\n")
    assert found.value["value"] == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{<<: 1}", "a merge key (<<) takes a mapping or a list of mappings"),
        ("{<<: [1]}", "a merge key (<<) takes a mapping or a list of mappings"),
        ("*nothing", "the alias *nothing names no anchor before it"),
        ("&a [*a]", "the alias *a stands inside of what it names"),
        ("&a {<<: *a}", "the alias *a stands inside of what it names"),
    ],
)
def test_bad_aliases_and_merges_are_one_error(text: str, sentence: str):
    assert problems(f"{OBJECT}value: {text}\n") == [f"f1:3: {sentence}"]
