"""Text to `Cluster`, and `Policy` to YAML: the only package that knows how Kubernetes spells things."""
