"""``python -m sitesel``: the commands, where the script is not on the path."""

from sitesel.cli import main

main()
