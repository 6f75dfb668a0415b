"""运行 Django 的管理命令（migrate、makemessages 等），供运维人员使用。

例：huiyin manage migrate
    huiyin manage createsuperuser --help
"""

import argparse

from huiyin.commands import django_ready


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything after `manage` goes to Django as it is."""
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="Django 管理命令及其参数")


def run(args: argparse.Namespace) -> int:
    """Hand the rest over; Django exits by itself when it fails."""
    django_ready()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["huiyin manage", *args.rest])
    return 0
