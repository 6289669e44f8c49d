"""Required connections held against allowed ones."""
