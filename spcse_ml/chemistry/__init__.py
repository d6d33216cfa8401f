"""Chemistry without data: catalogue, substances, formulas, compatibility rules, transport and powders."""
