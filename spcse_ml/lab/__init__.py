"""A lab's own membranes: spreadsheets and spectra that they come from, records, preregistered predictions."""
