"""The container's entry point."""
