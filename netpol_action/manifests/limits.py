"""The limits on what is read, with the reason for each number. Input is untrusted: a pull request may come from a fork.

They are held while the text is scanned, before anything is built from it. A limit that is hit costs the document, or
the file where only the file can be judged, and is an ERROR: the result is partial and says so.
"""

from __future__ import annotations

FILE_BYTES = 128 * 1024 * 1024
"""One file. 20,000 workloads with a Service and a policy each take about 80 MB; the API server itself holds objects to
1.5 MB, so that no sensible file comes near."""

TOTAL_BYTES = 256 * 1024 * 1024
"""All files together: what a run can hold in memory, at about six bytes of values for a byte of text, within 2 GB."""

DOCUMENTS = 100_000
"""Documents, empty ones included, and items of Lists together: 20,000 workloads with a Service and a policy each bring
60,000, and 100,000 empty ones take half a second."""

BROKEN_DOCUMENTS = 100
"""Unusable documents of one file that are reported one by one; the others are counted."""

DEPTH = 100
"""Mappings and sequences inside one another. CustomResourceDefinitions, the deepest manifests there are, reach about
40; every later stage may recurse this deep, and Python allows 1,000 frames."""

ALIASED_NODES = 100_000
"""The nodes that aliases and merge keys may add to one document, each alias counted at its full expanded size. Shared
anchors in hand-written manifests add hundreds; each level of an alias bomb multiplies by ten."""

DIRECTIVES = 100
"""The `%` before the `---` of one document: the scanner takes quadratic time over directives, and none are needed."""

LOCATED_BYTES = 8 * 1024 * 1024
"""A document in which lines of fields are looked up, and all those whose lines are kept: scanning 8 MB takes three
seconds and its lines 200 MB. Only the output of `kubectl get` for a whole cluster is larger."""
