"""A broken compatibility rule as a warning: what it says, what it was tested on, and who used such a recipe anyway."""

from spcse_ml.chemistry.compatibility import Rule


def rule_lines(rule: Rule) -> list[str]:
    r"""Return the part of the recipe and the rule that it breaks, then the statement, its source and its exceptions.

    >>> from spcse_ml.chemistry.compatibility import rules
    >>> print(*rule_lines(rules()[-1]), sep="\n")
    binder: breaks the published rule ptfe-lithium
    PTFE loses its fluorine against lithium metal and leaves conducting carbon; protect that interface.
    tested on PTFE against lithium metal (Kavan, Chem. Rev. 97 (1997) 3061-3082, as cited by the review, section 3.2)
    nevertheless used in references 50, 64, 68
    """
    references = ", ".join(map(str, rule.published_exceptions))
    return [
        f"{rule.column}: breaks the published rule {rule.name}",
        rule.statement,
        f"tested on {rule.test_material} ({rule.citation})",
        *([f"nevertheless used in references {references}"] if references else []),
    ]


def rule_text(rule: Rule) -> str:
    """Return the same as a message of several lines, those below the first indented."""
    return "\n    ".join(rule_lines(rule))
