"""Input from the outside: files, standard input, kustomize, Helm, versions of a git repository.

`gather` is the door. `places` says how far links and references may lead, `tree` searches directories, `files` reads.
`kustomization` and `chart` look at everything that a rendering would use and refuse what is remote or starts programs;
only then do `kustomize` and `helm` start their tool, by way of `sandbox`, over a copy. `versions` turns `REF:PATH` into
a directory that `gather` can read, from the objects that `git_tree` reads by way of `git`.
"""
