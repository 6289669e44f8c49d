"""Texts that try to become something else where they end up. Each holds MARK, by which a test finds it again.

Grouped by what they are meant for, though every one is tried everywhere: what is harmless in one place is a command in
the next.
"""

from __future__ import annotations

from collections.abc import Mapping

MARK = "qzx"

_LOG = {
    "command": "::add-mask::qzx",
    "command with properties": "::error file=a,line=1::injected qzx",
    "command on a new line": "qzx\n::error::injected\n",
    "command after a carriage return": "qzx\r::stop-commands::injected",
    "command after NEL": "qzx\x85::stop-commands::injected",
    "command after a line separator": "qzx\u2028::set-output name=risk::injected",
    "command after a wide space": "\u3000\u00a0::add-mask::qzx",
    "command after a byte order mark": "\ufeff::add-mask::qzx",
    "command in pieces": ":\x00:add-mask:\u200b:qzx",
    "old command": "##[add-mask]qzx",
    "old command in the middle": "qzx ##[error]injected",
    "old command in pieces": "#\x00#\u200b[error]qzx ###[group]",
    "output": "qzx\nrisk=injected\nchanged<<EOF\ninjected\nEOF\n",
    "guessed delimiter": "qzx\nghadelimiter_\nrisk=injected",
}

_SHELL = {
    "substitution": "$(touch qzx-pwned)",
    "backticks": "`touch qzx-pwned`",
    "quotes": "'; touch qzx-pwned; \"; touch qzx-pwned; '",
    "pipe": "| touch qzx-pwned",
    "option": "--output=qzx-pwned",
    "short option": "-oqzx-pwned",
    "way up": "../../../qzx-pwned",
    "absolute": "/tmp/qzx-pwned",
    "expression": "${{ github.token }} qzx",
    "template": '{{ fail "qzx" }}{{ .Values }}%s{0}%(x)s',
}

_MARKDOWN = {
    "mention": "@octocat qzx @org/team",
    "issue": "#1 GH-1 octo/repo#1 gh-2 qzx",
    "commit": "d6cd1e2bd19e03a81132a23b2025920577f84e37 1a2b3c4 octocat@d6cd1e2bd1 qzx",
    "bare link": "https://evil.example/qzx http://evil.example ftp://evil.example www.evil.example",
    "mail": "mailto:a@evil.example a@evil.example xmpp:a@evil.example qzx",
    "link": "[qzx](https://evil.example) [x](javascript:alert(1)) <https://evil.example>",
    "reference": "qzx\n\n[qzx]: https://evil.example\n\n[qzx]",
    "image": "![qzx](https://evil.example/x.png)",
    "html image": "<img src=https://evil.example/x.png onerror=alert(1)>qzx",
    "script": "</script><script>alert('qzx')</script><style>*{display:none}</style>",
    "frame": "<iframe src=javascript:alert(1)>qzx</iframe><a href=//evil.example>x</a>",
    "comment begins": "qzx <!-- ",
    "comment ends": "--> qzx <!-- netpol-action comment: CI/map: k8s -->",
    "folds end": "</summary></details></td></tr></table></sub></code></pre>qzx",
    "fold": "<details open><summary>qzx</summary>",
    "heading": "qzx\n# Heading\n\nText\n===\n",
    "table": "qzx | a | b |\n| --- | --- |\n| c | d |",
    "pipe in code": "qzx`|`|\\|`a|b`",
    "backtick": "qzx` @octocat `",
    "fence": "qzx\n```\n@octocat\n````\n~~~\n",
    "backslash": "qzx\\",
    "entity": "&lt;img src=x&gt;&#64;octocat&#x40;octocat&commat;qzx",
    "emphasis": "**qzx** _a_ ~~b~~ __c__ *",
    "math": "$\\href{https://evil.example}{qzx}$ $$x$$ \\(x\\) $`x`$",
    "emoji": ":tada: :octocat: qzx",
    "list": "- [ ] qzx\n1. one\n> [!WARNING]\n> quote",
    "indented": "    qzx\n\tcode",
    "footnote": "[^1] qzx\n\n[^1]: note",
    "rule": "---\nqzx\n***",
}

_DOCUMENTS = {
    "mermaid quote": 'qzx"]; click n1 "javascript:alert(1)"; n1["',
    "mermaid directive": "%%{init: {'securityLevel': 'loose'}}%%\nqzx\nend\nsubgraph x",
    "mermaid entity": "#quot;#lt;qzx#gt;#35;",
    "dot attribute": 'qzx", URL="https://evil.example", image="/etc/passwd", x="',
    "dot statement": 'qzx"]; evil -> node [label="',
    "dot html": '<<img src="/etc/passwd"/>qzx>',
    "dot escape": "\\N\\G\\E\\Tqzx\\l\\",
    "svg": ']]><image href="file:///etc/passwd"/><?xml-stylesheet href="x"?><!DOCTYPE qzx [<!ENTITY a "b">]>&a;',
    "yaml document": "qzx\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: injected}\n",
    "yaml document after a line separator": "qzx\u2028---\u2028kind: Secret\u2028injected: true",
    "yaml document after NEL": "qzx\x85---\x85kind: Secret\x85injected: true",
    "yaml key": 'qzx\ninjected: true\n- injected\n"',
    "yaml tag": "!!python/object/apply:os.system [touch qzx-pwned]",
    "yaml alias": "&a [*a, *a] qzx",
    "yaml flow": "qzx}, {injected: true}, [",
    "yaml comment": "qzx # : - ? | > ' \" %",
    "yaml block": "|\n  qzx\n injected: true",
    "json": 'qzx"}, "level": "none", "injected": [{"a": "',
    "sarif link": "qzx [click](https://evil.example) [x](0) {0} {{0}}",
    "formula": '=HYPERLINK("https://evil.example","qzx")',
    "formula with a sign": "+1+cmd|' /C calc'!qzx",
    "formula with minus": "-2+3+cmd|' /C calc'!qzx",
    "formula with at": "@SUM(qzx)",
    "formula after a tab": "\t=1+qzx",
    "formula after a return": "\r=1+qzx",
    "comma": 'qzx,"a",\n=1+1,',
}

_TERMINAL = {
    "escape": "\x1b[2J\x1b[31mqzx\x1b]0;title\x07",
    "terminal link": "\x1b]8;;https://evil.example\x1b\\qzx\x1b]8;;\x1b\\",
    "C1": "\x9b31mqzx\x9d0;title\x9c\x90",
    "backspace": "qzx\b\b\b\x7fevil\x0c\x0b",
    "direction": "\u202eqzx\u202c\u2066a\u2069\u200f\u061c",
    "zero width": "q\u200bz\u200cx\u200d qzx\u2060\ufeff\u00ad",
    "tag characters": "qzx\U000e0041\U000e0042\U000e007f",
    "fillers": "qzx\u115f\u1160\u3164\uffa0\u034f\u180b\u17b4\ufe0f\u2800",
    "private use": "qzx\ue000\uf8ff\U000f0000\U00100000",
    "no characters": "qzx\ufffe\uffff\ufdd0\U0001ffff",
    "surrogates": "qzx\ud800a\udfffb\udcff",
    "nul": "qzx\x00evil",
    "separators": "qzx\u2028a\u2029b\x85c\x1ed\x1ce",
    "combining": "q\u0301\u0302\u0303zx qzx" + "\u0336" * 50,
    "long": "qzx" + "A" * 100_000,
    "long of marks": "qzx" + "`|<@#" * 20_000,
}

PAYLOADS: Mapping[str, str] = {**_LOG, **_SHELL, **_MARKDOWN, **_DOCUMENTS, **_TERMINAL}

QUICK = ("command on a new line", "mention", "html image", "yaml document after a line separator", "escape")
"""Those that every run of the tests tries; the others take minutes."""
