"""What is kept: model files, the champion and the runs."""
