"""`spcse-ml cite`: what to cite, as BibTeX."""

import click


@click.command()
def cite() -> None:
    """Print the BibTeX entries of the review whose tables are read, and of the software."""
    from spcse_ml.reports.citation import cite as bibtex

    click.echo(bibtex())
