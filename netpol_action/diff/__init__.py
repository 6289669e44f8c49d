"""Two connectivity maps to what a change opens and closes."""
