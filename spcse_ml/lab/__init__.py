"""What we measured: a lab's own membranes, spreadsheets and spectra they come from, the ledger of predictions."""
