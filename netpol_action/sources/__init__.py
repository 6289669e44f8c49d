"""Input from the outside: files, standard input, kustomize, Helm."""
