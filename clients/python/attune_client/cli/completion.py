"""Shell completion."""

import click
from click.shell_completion import CompletionItem, get_completion_class

from attune_client.cli.connection import Address, service_at
from attune_client.errors import AttuneError
from attune_client.retry import RetryPolicy

QUICK = RetryPolicy(attempts=1, timeout_s=2.0, deadline_s=2.0)
"""For completion: the user waits after pressing Tab."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, /, *, shell: str) -> None:
    """Print the completion script for SHELL.

    For bash: eval "$(attune completion bash)" in ~/.bashrc; for zsh the same in ~/.zshrc; for
    fish: attune completion fish > ~/.config/fish/completions/attune.fish
    """
    root = ctx.find_root()
    kind = get_completion_class(shell)
    if kind is None:  # for mypy: click knows all three
        raise click.UsageError(f"There is no completion for {shell}.")
    click.echo(kind(root.command, {}, "attune", "_ATTUNE_COMPLETE").source())


def complete_strategy(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the service's strategies, or nothing if it does not answer quickly."""
    del param
    try:
        with service_at(_address(ctx), QUICK) as service:
            known = service.client.model().strategies
    except (AttuneError, click.UsageError):
        return []
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


def _address(ctx: click.Context) -> Address:
    before = ctx.find_object(Address) or Address()
    url, key = ctx.params.get("url"), ctx.params.get("key")
    return Address(url or before.url, key or before.key)
