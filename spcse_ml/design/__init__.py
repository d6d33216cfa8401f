"""Design: spaces of recipes, what they are worth, and the next batch."""
