"""Where the configuration of Envoy and nginx leads, however its author broke the lines."""

from __future__ import annotations

import pytest
from application import Object, config_map, lines, open_questions, requirements, service, workload

from netpol_action.model.demands import Requirements

API = (workload("api"), service("api", 8080, 9090))
BLOCK = """\
clusters:
- name: api
  load_assignment:
    endpoints:
    - lb_endpoints:
      - endpoint:
          address:
            socket_address:
              address: {host}
              port_value: {port}
"""
FLOW = """\
clusters:
- name: api
  load_assignment:
    endpoints:
    - lb_endpoints:
      - endpoint: {{address: {{socket_address: {{address: {host}, port_value: {port}}}}}}}
"""
HALF = "clusters:\n- socket_address: {{address: {host}, port_value: {port}}}\n"
QUOTED = 'clusters:\n- socket_address: {{ "address": \'{host}\', "port_value": {port} }}\n'
ITEMS = "hosts:\n- {{address: other.example.net, port_value: 1}}\n- {{address: {host}, port_value: {port}}}\n"
ONE_LINE = "socket_address: {{address: {host}, port_value: {port}}}"
STYLES = {"block": BLOCK, "flow": FLOW, "half": HALF, "quoted": QUOTED, "items": ITEMS, "one line": ONE_LINE}


def found_in(text: str, *others: Object) -> Requirements:
    proxy = workload("proxy", pod={"volumes": [{"name": "v", "configMap": {"name": "files"}}]})
    return requirements(proxy, config_map("files", {"proxy.conf": text}), *others)


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_envoy_reaches_the_port_of_its_cluster(style: str):
    text = style.format(host="api", port=8080)
    assert lines(found_in(text, *API).demands) == ["proxy -> api: TCP 8080"]


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_the_port_of_a_host_outside_is_the_one_that_stands_beside_it(style: str):
    rows = open_questions(found_in(style.format(host="api.example.org", port=8443)))
    assert "proxy external-host host/api.example.org TCP 8443" in rows


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_what_envoy_listens_on_is_nothing_that_it_needs(style: str):
    found = found_in(style.format(host="0.0.0.0", port=10000), *API)
    assert lines(found.demands) == []
    assert not any("10000" in row for row in open_questions(found))


@pytest.mark.parametrize(
    "text",
    [
        "upstreams: [{url: http://api:8080}, {url: http://localhost:1}]\nlog: info\n",
        'upstreams: \'[{"url": "http://api:8080/x,y"}]\'\nlog: info\n',
        "{log: info, backend: {host: api, port: 8080}}\n# end\n",
        "a: {b: c}\nbackends:\n- {log: {to: file}, servers: ['api:8080']}\n",
    ],
)
def test_flow_style_is_read_wherever_it_stands(text: str):
    (demand,) = found_in(text, *API).demands
    assert lines([demand]) == ["proxy -> api: TCP 8080"]
    assert len(demand.evidence) == 1


NGINX = [
    "http { upstream u { server api:8080; } server { listen 80; location / { proxy_pass http://u; } } }",
    "http {\n  upstream u { server api:8080; }\n  server { listen 80; location / { proxy_pass http://u/; } }\n}\n",
    "http {\n upstream u {\n  server api:8080;\n }\n server {\n  location / {\n   proxy_pass http://u;\n  }\n }\n}\n",
    "events {} http { server { listen 80; location / { proxy_pass http://api:8080; } } }",
    "location /{proxy_pass http://api:8080;}",
]


@pytest.mark.parametrize("text", NGINX)
def test_the_upstreams_of_nginx_are_no_hosts(text: str):
    found = found_in(text, *API)
    assert lines(found.demands) == ["proxy -> api: TCP 8080"]
    assert open_questions(found) == ["api unknown-callers callers/api TCP 9090"]


def test_a_server_without_a_port_is_read_in_one_line_too():
    text = "http { upstream u { server api; } server { location / { proxy_pass http://u; } } }"
    assert lines(found_in(text, workload("api"), service("api", 80)).demands) == ["proxy -> api: TCP 80"]


def test_a_name_with_a_port_beside_it_that_is_not_in_the_input_is_a_row():
    text = BLOCK.format(host="orders", port=8080)
    assert open_questions(found_in(text)) == ["proxy unknown-host host/orders TCP 8080"]
