"""The doors: parse, ask a workflow or a room below it, show. No arithmetic of their own."""
