"""The data: units, validation of cells, the review's tables with their corrections, and the data set."""
