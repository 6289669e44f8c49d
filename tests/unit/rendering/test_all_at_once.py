"""Several open questions as one netpol.yaml: pasted one below the other, YAML would keep only the last."""

from __future__ import annotations

import yaml
from runs import run

from netpol_action.model.demands import Requirements
from netpol_action.model.resolutions import combined
from netpol_action.render.messages import requirement_lines
from netpol_action.synthesis.header import header_lines

ONE = "dependencies:\n- from: a\n  to: internet\n  ports: [TCP 1]"
OTHER = "dependencies:\n- from: b\n  to: internet\n  ports: [TCP 2]\n"


def test_sections_and_platforms_are_put_together_and_repetitions_left_out():
    text = combined([ONE, "platform: [linkerd]", OTHER, "platform: [istio]", ONE, "", "platform: [istio]"])
    assert text.count("dependencies:") == text.count("platform:") == 1
    value = yaml.safe_load(text)
    assert value["platform"] == ["istio", "linkerd"]
    assert [each["from"] for each in value["dependencies"]] == ["a", "b"]


def test_nothing_is_nothing():
    assert combined([]) == combined([""]) == ""


def test_messages_end_with_all_of_them_as_one_file():
    found = list(requirement_lines(run(1, unresolved=3).requirements))
    start = found.index("  all of them as one netpol.yaml, as `netpol-action init` writes it:") + 1
    stop = next(i for i, line in enumerate(found) if i > start and not line.startswith("    "))
    value = yaml.safe_load("\n".join(found[start:stop]))
    assert [each["to"]["host"] for each in value["dependencies"]] == [f"db-{i}.example.com" for i in range(3)]


def test_the_header_of_policies_has_each_section_once():
    requirements = run(1, unresolved=3).requirements
    lines = header_lines(requirements)
    assert sum("dependencies:" in line for line in lines) == 1
    value = yaml.safe_load("\n".join(line for line in lines if line.startswith("    ")))
    assert len(value["dependencies"]) == 3
    assert "ingressControllers" not in value, "pasted as it is, it would close what is open now"
    assert "    # ingressControllers:" in lines
    assert header_lines(Requirements()) == ()
