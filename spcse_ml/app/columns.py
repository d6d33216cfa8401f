"""What the doors call a column, where the name of the schema would be too long."""

UNIT_ENDINGS = (
    "_percent", "_ms_cm", "_kcal_mol", "_um", "_ma_cm2", "_cm2", "_ohm", "_mpa", "_c", "_h",
)  # fmt: skip
"""A flag leaves the unit out of the column's name; its help tells it."""


def flag(name: str) -> str:
    """Return the flag of a column on the command line.

    >>> flag("binder_wt_percent"), flag("planned_thickness_um")
    ('--binder-wt', '--planned-thickness')
    """
    for ending in UNIT_ENDINGS:
        name = name.removesuffix(ending)
    return f"--{name.replace('_', '-')}"
