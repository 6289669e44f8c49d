"""The container's entry point: the action, or the command line where arguments are given."""

import sys

from netpol_action.interruption import end_on_signals

if __name__ == "__main__":
    end_on_signals()  # before the rest is loaded: until then, nothing ends the container's first process
    from netpol_action.cli import main

    sys.exit(main(sys.argv[1:] or ["run"]))
