"""`huiyin`: finds the command in huiyin/commands, parses its arguments, runs it.

Exit codes: what the command says; 2 when it was asked for something that cannot be done; 130 when interrupted.
An error nobody foresaw is not caught here: its traceback is what a report of the defect needs.
"""

import argparse
import ast
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from huiyin import __version__
from huiyin.commands import Stop, _
from huiyin.environ import SettingsError

FOLDER = Path(__file__).parent / "commands"


def names() -> dict[str, str]:
    """Command name -> module name, sorted. A leading underscore keeps a module out."""
    stems = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    return {stem.rstrip("_").replace("_", "-"): stem for stem in stems}


def summary(stem: str) -> str:
    """The first line of a command's docstring, read without importing it, so that --help stays quick."""
    text = ast.get_docstring(ast.parse((FOLDER / f"{stem}.py").read_text(encoding="utf-8"))) or ""
    return _(text.partition("\n")[0]).replace("%", "%%")


def parser(wanted: str | None) -> argparse.ArgumentParser:
    """The parser with every command named, and the arguments of the one that is `wanted`."""
    main_parser = argparse.ArgumentParser(prog="huiyin", description=_("回音：投诉举报办理系统"))
    main_parser.add_argument("--version", action="version", version=f"huiyin {__version__}")
    commands = main_parser.add_subparsers(dest="command", metavar=_("命令"), required=True)
    for name, stem in names().items():
        if name != wanted:
            commands.add_parser(name, help=summary(stem), add_help=False)
            continue
        module = importlib.import_module(f"huiyin.commands.{stem}")
        command = commands.add_parser(
            name,
            help=summary(stem),
            description=_(module.__doc__ or ""),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return main_parser


def main(argv: Sequence[str] | None = None) -> int:
    """The console script's entry; returns the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    args = parser(given[0] if given else None).parse_args(given)
    try:
        return int(args.run(args))
    except (Stop, SettingsError) as error:
        print(f"huiyin: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `huiyin ... | head`: the reader has what it wanted
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        print(_("已中断。"), file=sys.stderr)
        return 130
