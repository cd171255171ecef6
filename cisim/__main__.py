"""`python -m cisim`: the command, with errors turned into one sentence and an exit status."""

from cisim.cli import main

if __name__ == "__main__":
    main()
