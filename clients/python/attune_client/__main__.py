"""The command ``attune``, also as ``python -m attune_client``."""

import sys

NEEDED = {"click", "rich", "tinytag"}
"""What the extra ``cli`` installs."""


def main() -> int:
    """Run the command with the arguments of this process; return its exit status."""
    try:
        from attune_client.cli.command import run
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in NEEDED:
            raise
        sys.stderr.write(
            f"The command needs {missing}, which is not installed: "
            "pip install 'attune-client[cli]'\n"
        )
        return 1
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
