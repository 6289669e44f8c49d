"""`python -m netpol_action`: the command line, for those who have no console script on their path."""

from netpol_action.cli import entry

if __name__ == "__main__":
    entry()
