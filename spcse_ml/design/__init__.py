"""What to make next: the cell around a membrane, spaces of recipes, what they are worth."""
