from dataclasses import replace

from runs import open_end, run

from netpol_action.model.demands import Requirements
from netpol_action.model.diagnostics import error, note, warning
from netpol_action.origin import Origin
from netpol_action.render.messages import diagnostic_lines, requirement_lines


def test_diagnostics_come_worst_first_and_else_in_their_order():
    found = [
        note("unused", "nothing uses it"),
        warning("duplicate", "Service a is given twice", Origin("b.yaml", 2, 14)),
        error("broken-document", "spec.ingress must be a list", Origin("a.yaml", 1, 3)),
        warning("duplicate", "Service b is given twice", Origin("a.yaml", 1, 9)),
    ]
    assert list(diagnostic_lines(found)) == [
        "error: a.yaml:3: spec.ingress must be a list [broken-document]",
        "warning: b.yaml:14 (document 2): Service a is given twice [duplicate]",
        "warning: a.yaml:9: Service b is given twice [duplicate]",
        "note: nothing uses it [unused]",
    ]


def test_what_is_open_comes_with_the_lines_that_settle_it():
    assert list(requirement_lines(run(1, unresolved=1).requirements)) == [
        "1 dependency unresolved:",
        f"  shop/web[Deployment]: {open_end(0).message} [secret-host]",
        "    k8s/web.yaml:31 (document 2): Deployment web, env DB_0",
        "    to settle it, in netpol.yaml:",
        "      dependencies:",
        "      - from: shop/web",
        "        to: {host: db-0.example.com}",
        "        ports: [TCP 5432]",
        "1 connection possible, and not allowed:",
        "  shop/web[Deployment] => shop/db[StatefulSet] : TCP 80",
        "    k8s/web.yaml:31 (document 2): Deployment web, env DB_HOST = db:5432",
        "1 assumption:",
        "  any source may be the ingress controller",
        "    k8s/web.yaml:31 (document 2): Deployment web, env DB_HOST = db:5432",
        "    to settle it, in netpol.yaml:",
        "      ingressControllers:",
        "      - ops/nginx",
    ]


def test_lines_are_found_late():
    refined = list(requirement_lines(run(1, unresolved=1).requirements, lambda origin: replace(origin, line=99)))
    assert "    k8s/web.yaml:99 (document 2): Deployment web, env DB_0" in refined


def test_nothing_to_say():
    assert list(diagnostic_lines([])) == []
    assert list(requirement_lines(Requirements())) == []
