"""The command `cisim warm`: the engine compiled ahead, and old ones removed."""

import time

import click

from cisim.text.english import count
from cisim.text.numbers import size


@click.command()
@click.option("--clean", is_flag=True, help="Then remove all other compiled engines, also those of earlier versions.")
def warm(clean: bool) -> None:
    """Compile the engine in advance, so that the first comparison starts at once.

    \b
    Examples:
      cisim warm
      cisim warm --clean
    """
    from cisim.engines.compiled import warm_up
    from cisim.numerics.jit import clean_cache

    begun = time.monotonic()
    compiled = warm_up()
    click.echo(
        f"Compiled in {time.monotonic() - begun:.0f} s; later runs load it from the cache." if compiled else "Already compiled."
    )
    if clean:
        folders, removed = clean_cache()
        click.echo(f"Removed {count(folders, 'folder')} of other compiled engines: {size(removed)}.")
