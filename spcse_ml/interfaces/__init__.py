"""The doors: parse, call one workflow, show. No arithmetic of their own."""
