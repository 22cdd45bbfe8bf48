"""The command ``attune``, also as ``python -m attune_client``."""

import sys

CLI_PACKAGES = {"click", "rich", "tinytag"}
"""The packages of the extra ``cli``."""


def main() -> int:
    """Run the command with the arguments of this process; return the exit status."""
    try:
        from attune_client.cli.command import run
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in CLI_PACKAGES:
            raise
        sys.stderr.write(
            f"The command needs {missing}, which is not installed: "
            "pip install 'attune-client[cli]'\n"
        )
        return 1
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
