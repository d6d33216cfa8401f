"""`python -m benchmarks.robustness`."""

from benchmarks.robustness.run import main

main()
