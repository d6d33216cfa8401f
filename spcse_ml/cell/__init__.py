"""The cell around a membrane: what it weighs, fills and holds."""
