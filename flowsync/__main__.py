"""`python -m flowsync`."""

from flowsync.cli.main import main

if __name__ == "__main__":  # other processes import this module without running it
    main()
