"""Performs the upload of artifacts. That it cannot be done fails no run: the files are in the workspace."""

from __future__ import annotations

from typing import TextIO

from netpol_action.publish.artifacts import upload
from netpol_action.publish.effects import Annotate, Level, SetOutput, UploadArtifacts
from netpol_action.publish.errors import PublishingError
from netpol_action.publish.links import links
from netpol_action.publish.performed import Performed, warned
from netpol_action.publish.workflow import hide
from netpol_action.runner import Runner

FAILED = "No artifact is uploaded: {}. All files are in {}"
NO_PICTURE = "The picture is in the artifact only, and not by itself: {}"


def uploaded(wanted: UploadArtifacts, runner: Runner, commands: TextIO) -> Performed:
    """Uploads the files and the picture, and has what comes later link them."""
    try:
        found = upload(wanted, runner, lambda secret: hide(secret, runner, commands))
    except PublishingError as problem:
        sentence = FAILED.format(problem, wanted.directory)
        return Performed(
            (SetOutput("artifact-url", ""), SetOutput("picture-url", ""), *warned(sentence, "no-artifact"))
        )
    outputs = (SetOutput("artifact-url", found.url), SetOutput("picture-url", found.picture_url))
    note = (
        (Annotate(Level.NOTICE, NO_PICTURE.format(found.no_picture), "picture-in-artifact"),)
        if found.no_picture
        else ()
    )
    log = f"uploaded the artifact {wanted.name} ({len(wanted.files)} files): {found.url}"
    return Performed((*outputs, *note), links=links(found.url, found.picture_url), log=log)
