"""Evaluation: errors on papers held out, the verdict, and predictions with their verdict."""
