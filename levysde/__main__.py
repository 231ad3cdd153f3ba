"""`python -m levysde` is the command line."""

import sys

from levysde.cli import main

if __name__ == "__main__":
    sys.exit(main())
