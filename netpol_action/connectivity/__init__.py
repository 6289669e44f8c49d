"""`Cluster` to `ConnectivityMap`: what its policies allow, and why."""
