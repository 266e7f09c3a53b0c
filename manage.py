#!/usr/bin/env python
"""Django's command line for Token Ledger."""

import os
import sys

from config.problems import told_plainly

WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "help",
    "makemessages",
    "spectacular",
    "version",
}


def needs_database(arguments: list[str]) -> bool:
    """Whether the command in ``arguments`` works on the database."""
    command = next(iter(arguments), "help")
    asks_for_help = {"-h", "--help", "--version"} & set(arguments)
    return not asks_for_help and command not in WITHOUT_DATABASE


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.database import ensure_database

    with told_plainly():
        if needs_database(sys.argv[1:]):
            ensure_database()
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
