"""Options that several verbs have."""

from argparse import ArgumentParser, Namespace

from service.settings import Settings


def take_database(parser: ArgumentParser) -> None:
    """Let a verb be told another database than the one that is served."""
    parser.add_argument("--database", metavar="URL", help="default: ATTUNE_DATABASE_URL")


def chosen(settings: Settings, told: Namespace) -> Settings:
    """Return the settings with the database that a verb was told, if it was told one."""
    url: str | None = getattr(told, "database", None)  # serving takes none
    return settings.model_copy(update={"database_url": url or settings.database_url})
