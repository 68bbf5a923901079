"""The command line: fit does the whole job, the other commands one step each.

The only code of the package that prints. Results go to stdout, progress and warnings to stderr.
Exit codes: 0 done, 1 something failed while asking, 2 the input cannot be used, 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sys
import warnings
from typing import Annotated

import typer
from typer.main import get_command

from tutelage import __version__
from tutelage.cli import answers as answers_commands
from tutelage.cli import (
    asking,
    attack,
    bias,
    compare,
    fitting,
    models,
    prompts,
    reporting,
    skewing,
    sweep,
)
from tutelage.cli.console import fail, say, warn
from tutelage.errors import TutelageError

app = typer.Typer(
    help="Ask a language model once which columns matter; keep a small, explainable model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    fitting.fit,
    asking.card,
    asking.plan,
    asking.teach,
    models.train,
    models.evaluate,
    compare.compare,
    attack.attack,
    sweep.sweep,
    bias.bias,
    skewing.skew,
    reporting.report,
    models.predict,
    models.explain,
):
    app.command()(command)
app.add_typer(prompts.app, name="prompts", help="Find the wording of a question that works best.")
app.add_typer(answers_commands.app, name="answers", help="Look at the answers that were paid for.")


def _version(wanted: bool) -> None:
    if wanted:
        say(f"tutelage {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; an error is one message, never a traceback."""
    warnings.showwarning = _show_warning
    try:
        result = get_command(app).main(
            args=sys.argv[1:] if arguments is None else arguments,
            prog_name="tutelage",
            standalone_mode=False,
        )
        return result if isinstance(result, int) else 0
    except TutelageError as error:
        fail(str(error))
        return error.exit_code
    except typer.Abort:
        fail("interrupted; answers that arrived are stored, run the same command again to go on.")
        return 130
    except KeyboardInterrupt:
        fail("interrupted; answers that arrived are stored, run the same command again to go on.")
        return 130
    except BrokenPipeError:
        # The reader of a pipe went away (head); Python would complain again on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        fail(
            f"{error.filename or 'a file'} cannot be written: {error.strerror or error}."
            + (" Free some space and run the same command again." if full else "")
        )
        return 2
    except Exception as error:
        if hasattr(error, "format_message"):
            fail(error.format_message())
            return 2
        raise


def _show_warning(message: Warning | str, *rest: object, **more: object) -> None:
    del rest, more
    warn(str(message))


def entry() -> None:
    """Run the command of this process."""
    sys.exit(main())
