"""Sulfides of OBELiX, read by their formula alone."""
