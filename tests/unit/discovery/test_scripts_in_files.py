"""Scripts in ConfigMaps and Secrets are read as the same text behind `sh -c` is."""

from __future__ import annotations

from typing import Any

import pytest
from application import config_map, lines, open_questions, requirements, secret, service, workload

DB = (workload("db"), service("db", 5432))


def web(*command: str, **source: Any) -> dict[str, Any]:  # noqa: ANN401  # see application.Json
    """A workload that runs the command and mounts the ConfigMap `files`, or the given source."""
    volume = {"name": "v", **(source or {"configMap": {"name": "files"}})}
    return workload("web", container={"command": list(command)}, pod={"volumes": [volume]})


@pytest.mark.parametrize(
    "line",
    [
        "psql -h db -U app -f /sql/init.sql",
        "until pg_isready -h db -p 5432; do sleep 1; done",
        "redis-cli --host db ping",
        "mysql \\\n  -u root \\\n  -h db",
        "# it isn't\npsql -h db  # nor here",
        "echo it's\npsql -h 'db'",
        "export DB_HOST=db",
        "exec app --database-host=db",
    ],
)
def test_what_a_script_connects_to_is_required_as_behind_a_shell(line: str):
    text = f"#!/bin/sh\nset -e\n{line}\n"
    in_file = requirements(web("/c/run"), config_map("files", {"run": text}), *DB)
    assert lines(in_file.demands) == ["web -> db: TCP 5432"]
    if "#" not in line and "'" not in line:
        inline = requirements(workload("web", container={"command": ["sh", "-c", text]}), *DB)
        assert lines(in_file.demands) == lines(inline.demands)


@pytest.mark.parametrize(
    ("key", "first", "command"),
    [
        ("run.sh", "set -e", ["/c/run.sh"]),
        ("run.bash", "set -e", ["/c/run.bash"]),
        ("run", "#!/usr/bin/env bash", ["/c/run"]),
        ("run", "#!/bin/ash -e", ["/c/run"]),
        ("run", "set -e", ["sh", "/c/run"]),
        ("run", "set -e", ["/bin/bash", "-eu", "/c/run"]),
        ("run", "set -e", ["sh", "-c", "cd /x && sh /c/run && exec app"]),
        ("run", "set -e", ["sh", "-c", ". /c/run; exec app"]),
    ],
)
def test_a_script_is_known_by_its_name_its_first_line_or_the_shell_that_runs_it(
    key: str, first: str, command: list[str]
):
    files = config_map("files", {key: f"{first}\npsql -h db\n"})
    assert lines(requirements(web(*command), files, *DB).demands) == ["web -> db: TCP 5432"]


def test_a_script_is_known_by_the_path_that_its_key_gets():
    source = {"configMap": {"name": "files", "items": [{"key": "script", "path": "bin/run.sh"}]}}
    files = config_map("files", {"script": "psql -h db\n"})
    assert lines(requirements(web("/c/bin/run.sh", **source), files, *DB).demands) == ["web -> db: TCP 5432"]


def test_a_host_in_a_script_that_is_not_in_the_input_is_a_row():
    files = config_map("files", {"run.sh": "psql -h orders-db\nmysql -h db.acme.net\nnc -z mq 5672\n"})
    assert open_questions(requirements(web("sh", "/c/run.sh"), files)) == [
        "web external-host host/db.acme.net No Connections",
        "web unknown-host host/mq TCP 5672",
        "web unknown-host host/orders-db No Connections",
    ]


def test_what_a_line_and_its_command_say_is_one_piece_of_evidence():
    text = "#!/bin/sh\nDB_HOST=db\nexport PG_HOST=db\ncurl -fsS http://db:5432/x\nnc -z db 5432\n"
    (demand,) = requirements(web("/c/run.sh"), config_map("files", {"run.sh": text}), *DB).demands
    assert [str(each).rpartition("run.sh")[2] for each in demand.evidence] == [
        ", DB_HOST = db",
        " = http://db:5432",
        ", PG_HOST = db",
        ", host = db:5432",
    ]


@pytest.mark.parametrize("line", ["df -h data", "grep -h data /x", "ls -lh data", "du -h data", "# psql -h data"])
def test_what_is_no_host_in_a_script(line: str):
    files = config_map("files", {"run.sh": f"{line}\n"})
    assert open_questions(requirements(web("sh", "/c/run.sh"), files)) == []


def test_a_script_in_a_secret_says_where_it_stands_and_nothing_of_it():
    script = web("/c/run.sh", secret={"secretName": "files"})
    found = requirements(script, secret("files", {"run.sh": "psql -h orders-db\n"}))
    assert open_questions(found) == ["web external-host secret/files/run.sh No Connections"]
    assert "orders-db" not in repr(found.unresolved)
