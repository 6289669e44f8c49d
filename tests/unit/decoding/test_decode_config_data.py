from __future__ import annotations

from manifest_text import cluster, findings

SECRET = "aHVudGVyMg=="  # hunter2


def test_a_secret_is_decoded_and_its_text_wins():
    found = cluster(
        f"{{apiVersion: v1, kind: Secret, metadata: {{name: s}}, data: {{a: {SECRET}, b: {SECRET}}},"
        " stringData: {b: plain}}"
    )

    assert found.config[0].data == {"a": "hunter2", "b": "plain"}


def test_bytes_that_are_no_text_are_left_out():
    found = cluster("{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {jks: /u3+7Q==}}")

    assert found.config[0].data == {}
    assert findings(found) == []


def test_a_secret_s_value_is_never_shown():
    found = cluster(
        "{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: 'hunter2!', b: [hunter2], c: 77231},"
        " stringData: {d: {hunter2: x}}}"
    )

    assert [each.rule for each in found.diagnostics] == [
        "broken-object",
        "broken-object",
        "secret-not-base64",
        "broken-object",
    ]
    shown = " ".join([*findings(found), repr(found.config), repr(found)])
    assert "hunter2" not in shown
    assert "77231" not in shown


def test_a_config_map_s_text_is_kept_and_its_binary_data_is_not():
    found = cluster(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b, e: null}, binaryData: {x: AAAA}}"
    )

    assert found.config[0].data == {"a": "b", "e": ""}


def test_a_config_map_s_number_is_an_error_and_the_rest_is_kept():
    found = cluster("{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {port: 80, host: db}}")

    assert found.config[0].data == {"host": "db"}
    assert findings(found) == ["error broken-object: data.port must be a string, not a number"]
