"""What is shown: a value goes in, a figure comes out."""
