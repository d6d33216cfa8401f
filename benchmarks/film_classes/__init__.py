"""Made-up laboratories: how often films are called predictable where they are, and where they are not."""
