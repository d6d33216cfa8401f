"""Reports: sentences, plots, model card, checklist, datasheet and the HTML report."""
