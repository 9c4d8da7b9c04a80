"""Run the ``doorstep`` command with ``python -m doorstep.cli``."""

from doorstep.cli.main import main

main()
