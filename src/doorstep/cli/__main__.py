"""Run the ``doorstep`` command with ``python -m doorstep.cli``."""

from doorstep.cli.main import main

if __name__ == "__main__":  # a process started beside the import reads this file again
    main()
