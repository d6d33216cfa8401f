"""The page: everything a chemist does, without a terminal. Each action is one workflow call."""
