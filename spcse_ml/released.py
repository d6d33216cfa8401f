"""Where the released files are: inside an installed package, else in the checkout it was installed from."""

from pathlib import Path

from spcse_ml.errors import StoreError

PACKAGE = Path(__file__).resolve().parent


def released(*parts: str, package: Path = PACKAGE) -> Path:
    """Return the path of a released file or folder, as in `released("data", "literature")`.

    Raises:
        StoreError: neither the package nor a checkout around it holds the file.

    >>> released("data", "literature").is_dir()
    True
    """
    for root in (package / "released", package.parent):
        if (path := root.joinpath(*parts)).exists():
            return path
    msg = f"{'/'.join(parts)} is missing from this installation of spcse_ml; install the package again."
    raise StoreError(msg)
