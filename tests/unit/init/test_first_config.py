"""The netpol.yaml that `init` writes: everything accepted, nothing is unresolved, and what stood there stands."""

from __future__ import annotations

import pytest
import yaml
from handmade import workload

from netpol_action.config import read_config
from netpol_action.discovery.first_config import extended, first_config
from netpol_action.errors import InputError
from netpol_action.model.demands import Assumption, Gap, Requirements, Unresolved
from netpol_action.model.documents import SourceText

WEB, API = workload("shop/web"), workload("shop/api")


def host(number: int) -> Unresolved:
    key = f"secret/db-{number}/host"
    item = f"# the host of Secret db-{number}\n- from: shop/web\n  to: {{host: db-{number}.example.com}}\n"
    lines = f"dependencies:\n{item}  ports: [TCP 5432]\n  resolves: {key}"
    return Unresolved(Gap.SECRET_HOST, WEB, outbound=True, message=f"web needs db-{number}", key=key, resolution=lines)


def platform(name: str, of: object = WEB) -> Unresolved:
    resolution = f"platform: [{name}]"
    return Unresolved(
        Gap.PLATFORM, of, outbound=True, message=f"runs with {name}", key=f"platform/{name}", resolution=resolution
    )  # type: ignore[arg-type]


def read(text: str) -> dict[str, object]:
    """What the file says; it has to be without a mistake."""
    assert read_config(SourceText("netpol.yaml", text.encode()))[1] == []
    value = yaml.safe_load(text)
    assert isinstance(value, dict)
    return value


def hosts(text: str) -> list[str]:
    dependencies = read(text).get("dependencies") or []
    return [each["to"]["host"] for each in dependencies]  # type: ignore[attr-defined]


def test_a_first_file_says_why_each_line_is_there():
    rows = (platform("istio"), platform("istio", API), host(1), platform("linkerd"), host(2))
    text = first_config(Requirements(unresolved=rows))
    assert "://" not in text  # no address that nobody can open
    assert (
        text.partition("version: 1\n")[2]
        == """
# runs with istio (and 1 more)
# runs with linkerd
platform: [istio, linkerd]

dependencies:
# web needs db-1
# the host of Secret db-1
- from: shop/web
  to: {host: db-1.example.com}
  ports: [TCP 5432]
  resolves: secret/db-1/host

# web needs db-2
# the host of Secret db-2
- from: shop/web
  to: {host: db-2.example.com}
  ports: [TCP 5432]
  resolves: secret/db-2/host
"""
    )
    assert read(text)["platform"] == ["istio", "linkerd"]


def test_what_is_only_assumed_is_offered_as_a_comment():
    assumption = Assumption("the controller is not known", "ingressControllers:\n- namespace: ingress-nginx")
    text = first_config(Requirements(assumptions=(assumption,)))
    assert text.endswith("\n# the controller is not known\n# ingressControllers:\n# - namespace: ingress-nginx\n")
    assert read(text) == {"version": 1}


EXISTING = {
    "comments everywhere": """\
# ours
version: 1   # the first
dependencies:   # reviewed by us
  # the old one
  - from: shop/web
    to: {host: old.example.com}   # why
    ports: [TCP 443]

# what follows is about something else
ignore:
- callers/web   # nobody
""",
    "no section": "version: 1\nignore: [callers/web]\n",
    "no line end": "version: 1\nignore: [callers/web]",
    "an empty section": "dependencies:   # none yet\nversion: 1\n",
    "an empty list": "dependencies: []   # none yet\nversion: 1\n",
    "a list in brackets": (
        "dependencies: [{from: shop/web, to: {host: old.example.com}, ports: [TCP 443]}]  # one\nversion: 1\n"
    ),
    "a comma at the end": (
        "dependencies: [{from: shop/web, to: {host: old.example.com}, ports: [TCP 443]},]\nversion: 1\n"
    ),
    "a block of text at the end": """\
dependencies:
- from: shop/web
  to: {host: old.example.com}
  ports:
  - TCP 443
  note: |
    why
    it is here

ignore: [callers/web]
""",
    "comments alone": "# nothing yet\n",
    "nothing": "",
    "an end": "version: 1\n...\n",
    "a start": "# ours\n---\nversion: 1\n",
    "Windows": "version: 1\r\ndependencies:\r\n- {from: shop/web, to: {host: old.example.com}, ports: [TCP 443]}\r\n",
}


@pytest.mark.parametrize("existing", EXISTING.values(), ids=EXISTING)
def test_what_is_new_is_added_and_what_is_there_stays_byte_for_byte(existing: str):
    text = extended(existing, [host(1), host(2)])
    before = hosts(existing) if "version" in existing or "from" in existing else []
    assert hosts(text) == [*before, "db-1.example.com", "db-2.example.com"]
    left = iter(text)
    assert all(character in left for character in existing), "something that was there is gone"
    assert _without_new_lines(existing, text) or "[" in existing
    assert ("\r\n" in existing) == ("\r\n" in text)
    assert "web needs db-1" in text


def _without_new_lines(existing: str, text: str) -> bool:
    """Whether every line of the old text is a line of the new one, in order."""
    left = iter(text.splitlines())
    return all(line in left for line in existing.splitlines())


@pytest.mark.parametrize(
    ("existing", "line"),
    [
        ("platform: [istio]  # ours\n", "platform: [istio, linkerd]  # ours"),
        ("platform: []\n", "platform: [linkerd]"),
        ("platform: [istio,]\n", "platform: [istio,linkerd]"),
        ("platform:\n- istio  # ours\n", "- linkerd"),
        ("version: 1\n", "platform: [linkerd]"),
    ],
)
def test_a_platform_joins_the_others(existing: str, line: str):
    text = extended(existing, [platform("linkerd")])
    assert line in text.splitlines()
    assert "linkerd" in read(text)["platform"]  # type: ignore[operator]


def test_nothing_new_changes_nothing():
    for existing in EXISTING.values():
        assert extended(existing, []) == existing


def test_again_is_the_same_as_at_once():
    once = extended(EXISTING["comments everywhere"], [host(1), host(2)])
    assert extended(extended(EXISTING["comments everywhere"], [host(1)]), [host(2)]) == once


def test_where_nothing_can_be_added_the_lines_are_given():
    with pytest.raises(InputError, match="add by hand:\nversion: 1\ndependencies:\n") as raised:
        extended("{version: 1}\n", [host(1)])
    assert "resolves: secret/db-1/host" in str(raised.value)


@pytest.mark.parametrize("end", ["\n", "\r", "\x85", "\u2028", "\u2029"])
def test_no_name_in_a_reason_ends_its_comment(end: str):
    row = Unresolved(
        Gap.SECRET_HOST,
        WEB,
        outbound=True,
        message=f"web needs{end}strictness: strict{end}",
        key="k",
        resolution="dependencies:\n- from: a\n  to: {host: h}\n  ports: [TCP 1]",
    )
    assert set(read(first_config(Requirements(unresolved=(row,))))) == {"version", "dependencies"}
    assert set(read(extended("version: 1\n", [row]))) == {"version", "dependencies"}
