"""Completion in shells."""

import click
from click.shell_completion import CompletionItem, get_completion_class

from attune_client.cli.connection import Address, service_at
from attune_client.errors import AttuneError
from attune_client.retry import RetryPolicy

AT_ONCE = RetryPolicy(attempts=1, timeout_s=2.0, deadline_s=2.0)
"""Whoever pressed the tabulator waits."""
VARIABLE = "_ATTUNE_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, /, *, shell: str) -> None:
    """Print the script that completes this command in SHELL.

    For bash: eval "$(attune completion bash)" in ~/.bashrc; for zsh the same in ~/.zshrc; for
    fish: attune completion fish > ~/.config/fish/completions/attune.fish
    """
    root = ctx.find_root()
    kind = get_completion_class(shell)
    if kind is None:  # click knows each that may be chosen
        raise click.UsageError(f"There is no completion for {shell}.")
    click.echo(kind(root.command, {}, "attune", VARIABLE).source())


def complete_strategy(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the strategies of the service, if it answers at once."""
    del param
    try:
        with service_at(_address(ctx), AT_ONCE) as service:
            known = service.client.model().strategies
    except (AttuneError, click.UsageError):
        return []
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


def _address(ctx: click.Context) -> Address:
    before = ctx.find_object(Address) or Address()
    url, key = ctx.params.get("url"), ctx.params.get("key")
    return Address(url or before.url, key or before.key)
