"""The paths in sentences; each joins the rooms for one purpose."""
