"""Warnings about servers that other machines can reach."""

from collections.abc import Sequence


def exposure_text(hosts: Sequence[str], *, shows_own: bool = False) -> str:
    """Return a warning about hosts that other machines can reach.

    >>> exposure_text(["lab-pc"])
    'Warning: no password protects lab-pc; everyone who can reach it can send requests'
    """
    text = f"Warning: no password protects {' or '.join(hosts)}; everyone who can reach it can send requests"
    return f"{text} and see membranes of your own" if shows_own else text
