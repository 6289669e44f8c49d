"""The line of a field, and the file that an object in a rendering was made from."""

from __future__ import annotations

import pytest
from reading_words import documents, source

from netpol_action.manifests.locate import Locator
from netpol_action.manifests.reader import read
from netpol_action.model.documents import SourceText
from netpol_action.origin import FieldPath, Origin

PLAIN = """\
# about a
apiVersion: v1
kind: A
spec:
  ports:
  - {port: 80,
     name: http}
  - name: https
    port: 443
  8080: here
---
# about b
apiVersion: v1
kind: B
base: &base
  image: x
  args: [a,
    b]
spec:
  <<: *base
  copy: *base
  text: |
    ports:
"""

FIELDS = [
    (1, (), 2),
    (1, ("kind",), 3),
    (1, ("spec",), 4),
    (1, ("spec", "ports"), 5),
    (1, ("spec", "ports", 0), 6),
    (1, ("spec", "ports", 0, "name"), 7),
    (1, ("spec", "ports", 1, "port"), 9),
    (1, ("spec", "8080"), 10),
    (1, ("spec", "ports", 1, "missing", "too"), 8),
    (1, ("spec", "ports", 7), 5),
    (1, ("missing",), 2),
    (2, ("spec", "image"), 16),
    (2, ("spec", "copy", "args", 1), 18),
    (2, ("spec", "copy"), 21),
    (2, ("spec", "text", "ports"), 22),
]


@pytest.mark.parametrize(("document", "field", "line"), FIELDS)
def test_a_field_has_its_line_or_its_deepest_ancestors(document: int, field: FieldPath, line: int):
    found = documents(PLAIN)[document - 1].origin.at(*field)
    assert Locator([source(PLAIN, "k8s/a.yaml")]).refine(found) == Origin("k8s/a.yaml", document, line, field)


JSON = """
{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "v1", "kind": "A",
   "spec": {
     "port": 80}}
]}
{"apiVersion": "v1", "kind": "B",
 "a": 1}
"""


def test_json_and_lists_have_lines_too():
    locator = Locator([source(JSON, "k8s/a.yaml")])
    a, b = (one.origin for one in documents(JSON))
    assert [locator.refine(one).line for one in (a, a.at("spec", "port"), b, b.at("a"))] == [3, 5, 7, 8]


@pytest.mark.parametrize(
    "origin",
    [Origin("elsewhere.yaml", 1, 3, ("a",)), Origin("k8s/a.yaml"), Origin("k8s/a.yaml", 9, 1, ("a",)), Origin("")],
)
def test_what_is_in_no_document_keeps_its_origin(origin: Origin):
    assert Locator([source(PLAIN, "k8s/a.yaml")]).refine(origin) == origin


def test_a_broken_document_keeps_the_line_of_its_error():
    text = source("kind: A\na: b: c\n", "k8s/a.yaml")
    _, (broken,) = read([text])
    assert Locator([text]).refine(broken.origin) == Origin("k8s/a.yaml", 1, 2)


def test_refining_twice_changes_nothing():
    locator = Locator([source(PLAIN, "k8s/a.yaml")])
    once = locator.refine(Origin("k8s/a.yaml", 1, 2, ("spec", "ports", 1)))
    assert locator.refine(once) == once


# What `kustomize build overlays/dev` writes with `buildMetadata: [originAnnotations]` in its kustomization.
KUSTOMIZED = """\
apiVersion: v1
data:
  HOST: db
kind: ConfigMap
metadata:
  annotations:
    config.kubernetes.io/origin: |
      configuredIn: ../../base/kustomization.yaml
      configuredBy:
        apiVersion: builtin
        kind: ConfigMapGenerator
  name: dev-settings-4h2mbtbbt6
---
apiVersion: v1
kind: Service
metadata:
  annotations:
    config.kubernetes.io/origin: |
      path: ../../base/web.yaml
    team: shop
  name: dev-web
spec:
  ports:
  - port: 80
---
apiVersion: v1
kind: Service
metadata:
  annotations:
    config.kubernetes.io/origin: |
      path: ../../base/web.yaml
  name: dev-web-admin
---
apiVersion: v1
kind: Service
metadata:
  annotations:
    config.kubernetes.io/origin: |
      path: lost.yaml
  name: dev-lost
---
apiVersion: v1
kind: Service
metadata:
  name: bare
"""
BASE = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: ClusterIP
  ports:
  - port: 80
---
apiVersion: v1
kind: Service
metadata:
  name: web-admin
"""
KUSTOMIZATION = """\
resources: [web.yaml]
configMapGenerator:
- name: other
  literals: [a=b]
- name: settings
  literals: [HOST=db]
"""


@pytest.fixture
def kustomized() -> SourceText:
    files = (source(BASE, "k8s/base/web.yaml"), source(KUSTOMIZATION, "k8s/base/kustomization.yaml"))
    return source(KUSTOMIZED, "k8s/overlays/dev", "kustomize", files)


@pytest.mark.parametrize(
    ("document", "field", "expected"),
    [
        (1, ("data", "HOST"), Origin("k8s/base/kustomization.yaml", 1, 5, ("data", "HOST"))),
        (2, (), Origin("k8s/base/web.yaml", 1, 1)),
        (2, ("spec", "ports", 0, "port"), Origin("k8s/base/web.yaml", 1, 7, ("spec", "ports", 0, "port"))),
        (2, ("spec", "selector"), Origin("k8s/base/web.yaml", 1, 4, ("spec", "selector"))),
        (3, (), Origin("k8s/base/web.yaml", 2, 9)),
        (4, ("spec",), Origin("k8s/overlays/dev (kustomize): Service dev-lost", field=("spec",))),
        (5, (), Origin("k8s/overlays/dev (kustomize): Service bare")),
    ],
)
def test_an_object_out_of_a_kustomization_is_traced_to_its_file(
    kustomized: SourceText, document: int, field: FieldPath, expected: Origin
):
    assert Locator([kustomized]).refine(Origin("k8s/overlays/dev", document, 1, field)) == expected


def test_kustomizes_annotation_is_no_part_of_the_object(kustomized: SourceText):
    found, diagnostics = read([kustomized])
    assert diagnostics == []
    assert [one.value["metadata"].get("annotations") for one in found] == [None, {"team": "shop"}, None, None, None]


def test_an_annotation_that_a_plain_manifest_carries_stays():
    (found,) = documents("apiVersion: v1\nkind: A\nmetadata: {annotations: {config.kubernetes.io/origin: x}}\n")
    assert found.value["metadata"] == {"annotations": {"config.kubernetes.io/origin": "x"}}


HELMED = """\
---
# Source: shop/templates/web.yaml
apiVersion: v1
kind: Service
metadata:
  name: release-web
spec:
  type: ClusterIP
---
# Source: shop/charts/db/templates/db.yaml
apiVersion: v1
kind: Pod
metadata:
  name: db
spec:
  a: b
---
apiVersion: v1
kind: Pod
metadata: {name: hook}
"""
TEMPLATE = """\
{{- if .Values.deployment }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
{{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}-web
spec:
  type: {{ .Values.type }}
"""


@pytest.mark.parametrize(
    ("document", "field", "expected"),
    [
        (1, ("spec", "type"), Origin("charts/shop/templates/web.yaml", 2, 9, ("spec", "type"))),
        (2, ("spec", "a"), Origin("charts/shop/charts/db/templates/db.yaml", 1, 4, ("spec", "a"))),
        (3, (), Origin("charts/shop (helm): Pod hook")),
    ],
)
def test_an_object_out_of_a_chart_is_traced_to_its_template(document: int, field: FieldPath, expected: Origin):
    database = "kind: Pod\napiVersion: v1\nspec:\n  a: b\nmetadata: {name: db}\n"
    files = (
        source(TEMPLATE, "charts/shop/templates/web.yaml"),
        source(database, "charts/shop/charts/db/templates/db.yaml"),
    )
    rendering = source(HELMED, "charts/shop", "helm", files)
    assert Locator([rendering]).refine(Origin("charts/shop", document, 1, field)) == expected
