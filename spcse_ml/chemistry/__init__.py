"""Chemistry without data: names, sulfides, mixtures, catalogue, compatibility rules, transport and powders."""
