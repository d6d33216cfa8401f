"""Reports: sentences, plots, model card, datasheet and the HTML report."""
