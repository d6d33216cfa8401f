"""Explanation: Shapley values, what-if curves, importance, nearest membranes and the review's statements."""
