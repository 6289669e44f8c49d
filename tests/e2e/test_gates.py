"""The gates of each command: each that is offered can fail, and no other is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from netpol_action.arguments import GATES
from netpol_action.cli import DONE, GATE_FAILED, UNUSABLE, main


def app(name: str, *environment: str) -> str:
    container = f"{{name: main, image: x, env: [{', '.join(environment)}]}}"
    labels = f"{{app: {name}}}"
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n"
        f"  selector: {{matchLabels: {labels}}}\n"
        f"  template: {{metadata: {{labels: {labels}}}, spec: {{containers: [{container}]}}}}\n"
    )


def policy(spec: str) -> str:
    head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: db, namespace: shop}\n"
    return f"{head}spec: {{podSelector: {{matchLabels: {{app: db}}}}, policyTypes: [Ingress], ingress: [{spec}]}}\n"


def together(*objects: str) -> str:
    return "---\n".join(objects)


SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 80}]}
"""
NEEDS = together(app("web", "{name: DB_URL, value: 'http://db:80'}"), app("db"), SERVICE)
DENIED = """\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: guard}
spec:
  priority: 5
  subject: {namespaces: {}}
  egress: [{action: Deny, to: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 80}}]}]
"""
FROM_WEB = "{from: [{podSelector: {matchLabels: {app: web}}}], ports: [PORTS]}"
ONE, TWO = (policy(FROM_WEB.replace("PORTS", ports)) for ports in ("{port: 80}", "{port: 80}, {port: 81}"))
SHUT = policy("")
JOB = app("job").replace("namespace: shop", "namespace: batch")
FROM_EVERYWHERE = policy("{from: [{namespaceSelector: {}}]}")
PLAIN = together(app("web"), app("db"))

FAILING = {
    "partial": together(NEEDS, "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: 1\n"),
    "unresolved": app("web", "{name: DB_HOST, valueFrom: {secretKeyRef: {name: db, key: host}}}"),
    "blocked-required": together(NEEDS, DENIED),
    "not-required": together(NEEDS, TWO),
}
"""An input on which the gate fails, for each command that judges it."""

CHANGES = {
    "partial": (NEEDS, FAILING["partial"]),
    "closed-required": (NEEDS, together(NEEDS, SHUT)),
    "opened-internet": (together(PLAIN, SHUT), PLAIN),
    "opened-between-namespaces": (together(PLAIN, JOB, SHUT), together(PLAIN, JOB, FROM_EVERYWHERE)),
    "opened-within-namespace": (together(PLAIN, SHUT), together(PLAIN, ONE)),
    "widened": (together(PLAIN, ONE), together(PLAIN, TWO)),
    "narrowed": (together(PLAIN, TWO), together(PLAIN, ONE)),
    "closed": (together(PLAIN, ONE), together(PLAIN, SHUT)),
}
"""As above, for `diff`: the versions before and after."""

SOUND = together(NEEDS, ONE)
REST = {
    "explain": ["--from", "web", "--to", "internet"],
    "reach": ["--from", "web"],
    "init": ["-f", "-"],
}
OFFERED = [(command, gate) for command, gates in GATES.items() for gate in gates]
KNOWN = sorted({gate for _, gate in OFFERED} | {"outdated", "luck"})
REFUSED = [(command, gate) for command, gates in GATES.items() for gate in KNOWN if gate not in gates]


def ended(directory: Path, command: str, gate: str, before: str, after: str) -> int:
    """The exit code of a command on an input; only `diff` looks at the version before."""
    for name, text in (("before", before), ("after", after)):
        (directory / f"{name}.yaml").write_text(text)
    paths = [str(directory / f"{name}.yaml") for name in ("before", "after")]
    return main([command, *(paths if command == "diff" else paths[1:]), *REST.get(command, ()), "--fail-on", gate])


@pytest.mark.parametrize(("command", "gate"), OFFERED)
def test_every_gate_that_a_command_offers_can_fail(command: str, gate: str, tmp_path: Path):
    before, after = CHANGES[gate] if command == "diff" else ("", FAILING[gate])
    assert ended(tmp_path, command, "none", before, after) == DONE
    assert ended(tmp_path, command, gate, before, after) == GATE_FAILED


@pytest.mark.parametrize(("command", "gate"), [each for each in OFFERED if each[1] != "not-required"])
def test_no_gate_fails_where_all_is_well(command: str, gate: str, tmp_path: Path):
    assert ended(tmp_path, command, gate, SOUND, SOUND) == DONE


@pytest.mark.parametrize(("command", "gate"), REFUSED)
def test_a_gate_that_a_command_does_not_judge_is_refused(
    command: str, gate: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert ended(tmp_path, command, gate, SOUND, SOUND) == UNUSABLE
    known = ", ".join(GATES[command])
    assert f"error: {command} --fail-on takes a list of {known}, or none; not {gate}\n" in capsys.readouterr().err


@pytest.mark.parametrize("call", [["generate"], ["map", "--generated"]], ids=" ".join)
def test_strict_passes_where_there_is_no_doubt_about_the_input(
    call: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "app.yaml").write_text(NEEDS)
    assert main([*call, str(tmp_path), "--strict", "--fail"]) == DONE
    assert "warning: the policy default-deny also covers" in capsys.readouterr().err


def test_strict_fails_on_other_warnings_of_generate(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    bare = "apiVersion: v1\nkind: Pod\nmetadata: {name: bare, namespace: shop}\nspec: {containers: [{name: main}]}\n"
    (tmp_path / "app.yaml").write_text(together(NEEDS, bare))
    assert main(["generate", str(tmp_path)]) == DONE
    assert main(["generate", str(tmp_path), "--strict"]) == GATE_FAILED
    assert "error: " in capsys.readouterr().err
