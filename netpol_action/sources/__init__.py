"""Input from the outside: files, standard input, kustomize, Helm.

`gather` is the door. `places` says how far links and references may lead, `tree` searches directories, `files` reads.
`kustomization` and `chart` look at everything that a rendering would use and refuse what is remote or starts programs;
only then do `kustomize` and `helm` start their tool, by way of `sandbox`, over a copy.
"""
