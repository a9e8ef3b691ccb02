"""`python -m carbonspace` is the command line."""

from carbonspace.cli import main

main()
