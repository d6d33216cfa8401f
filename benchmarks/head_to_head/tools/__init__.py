"""One adapter per tool, each run in the tool's own environment; `common` is all that they share."""
