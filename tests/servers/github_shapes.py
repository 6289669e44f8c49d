"""Things as GitHub hands them out, with all that its description of the API requires."""

from __future__ import annotations

from typing import Any

API = "https://api.github.com/repos/o/r"
SITE = "https://github.com/o/r"
THEN = "2026-11-01T00:00:00Z"

_LINKS_OF_USER = "followers following gists starred subscriptions organizations repos events received_events"
_LINKS_OF_REPOSITORY = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors deployments "
    "downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels "
    "languages merges milestones notifications pulls releases stargazers statuses subscribers subscription tags teams "
    "trees clone git ssh svn"
)
_COUNTS = "forks forks_count open_issues open_issues_count size stargazers_count watchers watchers_count"
_SWITCHES = "fork private archived disabled has_downloads has_issues has_projects has_wiki has_pages"
_LINKS_OF_PULL = "comments commits statuses html issue review_comments review_comment self"


def comment(number: int, body: str, author: str, issue: int) -> dict[str, Any]:
    """A comment."""
    return {
        "id": number,
        "node_id": f"IC_{number}",
        "url": f"{API}/issues/comments/{number}",
        "html_url": f"{SITE}/pull/{issue}#issuecomment-{number}",
        "issue_url": f"{API}/issues/{issue}",
        "body": body,
        "created_at": THEN,
        "updated_at": THEN,
        "author_association": "NONE",
        "user": user(author),
    }


def user(login: str) -> dict[str, Any]:
    """An account."""
    url = f"https://api.github.com/users/{login}"
    return {
        "login": login,
        "id": 1,
        "node_id": "U_1",
        "avatar_url": f"https://avatars.githubusercontent.com/{login}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"https://github.com/{login}",
        "type": "Bot",
        "site_admin": False,
        **{f"{link}_url": f"{url}/{link}" for link in _LINKS_OF_USER.split()},
    }


def repository(full_name: str) -> dict[str, Any]:
    """A repository."""
    owner, _, name = full_name.partition("/")
    return {
        "id": 2,
        "node_id": "R_2",
        "name": name,
        "full_name": full_name,
        "owner": user(owner),
        "url": API,
        "html_url": SITE,
        "default_branch": "main",
        **dict.fromkeys(("description", "homepage", "language", "mirror_url", "license")),
        **dict.fromkeys(("pushed_at", "created_at", "updated_at"), THEN),
        **{f"{link}_url": f"{API}/{link}" for link in _LINKS_OF_REPOSITORY.split()},
        **dict.fromkeys(_COUNTS.split(), 0),
        **dict.fromkeys(_SWITCHES.split(), False),
    }


def pull(number: int, author: str, head: tuple[str, str], base: tuple[str, str]) -> dict[str, Any]:
    """A pull request of one branch (name and commit) into another. What is asked of it in words stands on top."""
    sides = {
        side: {"label": f"o:{ref}", "ref": ref, "sha": sha, "repo": repository("o/r"), "user": user("o")}
        for side, (ref, sha) in {"head": head, "base": base}.items()
    }
    links = "commits comments statuses issue review_comments review_comment"
    return {
        "number": number,
        "state": "open",
        "title": "",
        "body": "",
        "draft": False,
        "labels": [],
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        **sides,
        "id": number,
        "node_id": f"PR_{number}",
        "url": f"{API}/pulls/{number}",
        "html_url": f"{SITE}/pull/{number}",
        "diff_url": f"{SITE}/pull/{number}.diff",
        "patch_url": f"{SITE}/pull/{number}.patch",
        **{f"{link}_url": f"{API}/pulls/{number}/{link}" for link in links.split()},
        "_links": {link: {"href": f"{API}/pulls/{number}/{link}"} for link in _LINKS_OF_PULL.split()},
        "user": user(author),
        "author_association": "CONTRIBUTOR",
        "created_at": THEN,
        "updated_at": THEN,
        **dict.fromkeys(("assignee", "milestone", "closed_at", "merged_at", "merge_commit_sha", "auto_merge")),
        "locked": False,
        **dict.fromkeys(("merged", "mergeable", "maintainer_can_modify"), False),
        "mergeable_state": "clean",
        "merged_by": None,
        **dict.fromkeys(("comments", "review_comments", "commits", "additions", "deletions", "changed_files"), 0),
    }


def issue(of_pull: dict[str, Any]) -> dict[str, Any]:
    """A pull request as an issue."""
    links = "comments events labels"
    kept = (
        "id node_id number state title labels assignees assignee milestone closed_at created_at updated_at user locked"
    )
    return {
        **{name: of_pull[name] for name in kept.split()},
        "url": f"{API}/issues/{of_pull['number']}",
        "html_url": of_pull["html_url"],
        "repository_url": API,
        "comments": 0,
        **{f"{link}_url": f"{API}/issues/{of_pull['number']}/{link}" for link in links.split()},
    }


def label(name: str) -> dict[str, Any]:
    """A label."""
    fixed = {"id": 3, "node_id": "L_3", "description": "", "color": "ededed", "default": False}
    return {**fixed, "name": name, "url": f"{API}/labels/{name}"}


def team(slug: str) -> dict[str, Any]:
    """A team."""
    url = f"https://api.github.com/orgs/o/teams/{slug}"
    return {
        "id": 4,
        "node_id": "T_4",
        "name": slug,
        "slug": slug,
        "description": None,
        "permission": "pull",
        "url": url,
        "html_url": f"https://github.com/orgs/o/teams/{slug}",
        "members_url": f"{url}/members",
        "repositories_url": f"{url}/repos",
        "parent": None,
        "type": "organization",
    }


def review(login: str, number: int) -> dict[str, Any]:
    """A review that was given."""
    return {
        "id": 5,
        "node_id": "PRR_5",
        "user": user(login),
        "body": "",
        "state": "COMMENTED",
        "commit_id": "0" * 40,
        "html_url": f"{SITE}/pull/{number}#pullrequestreview-5",
        "pull_request_url": f"{API}/pulls/{number}",
        "_links": {name: {"href": API} for name in ("html", "pull_request")},
        "author_association": "COLLABORATOR",
    }


def ref(name: str, sha: str) -> dict[str, Any]:
    """A branch, by the name of its reference."""
    target = {"type": "commit", "sha": sha, "url": f"{API}/git/commits/{sha}"}
    return {"ref": name, "node_id": "REF_6", "url": f"{API}/git/{name}", "object": target}
