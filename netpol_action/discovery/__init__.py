"""`Cluster` and `Config` to the demands of the application, and to what the input leaves open."""
