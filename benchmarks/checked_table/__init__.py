"""The study of models on the checked table."""
