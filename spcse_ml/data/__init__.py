"""What is known: the columns, the catalogue, the rules, the physics and the corrected tables."""
