"""Whether to believe it: evaluation, verdict, explanation and the table of answers."""
