"""Messages: results as sentences and lines of text."""
