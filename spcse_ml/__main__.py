"""Run the command line: `python -m spcse_ml`."""

from spcse_ml.cli import main

if __name__ == "__main__":
    main()
