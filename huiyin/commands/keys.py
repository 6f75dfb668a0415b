"""密钥环：查看，更换主密钥，改用另一种密码算法。

更换主密钥时网站不必停；中断后再运行一次。换下的一把留到下次更换，此后没有用到的才丢弃。每次更换之后请重新备份密钥文件夹。
改变 HUIYIN_CIPHERS 以后也运行它：已有的内容、文件和盲索引一并换过去；换的时候新旧都能读。

例：huiyin keys show
    huiyin keys rotate
"""

import argparse

from huiyin.commands import Stop, _, database_ready


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do."""
    parser.add_argument("what", choices=("show", "rotate"), help=_("show 查看；rotate 更换主密钥"))


def run(args: argparse.Namespace) -> int:
    """Show the ring without showing a key, or rotate it."""
    database_ready()
    return _rotate() if args.what == "rotate" else _show()


def _show() -> int:
    from django.db.models import Count

    from huiyin.vault import ciphers, keys
    from huiyin.vault.models import DataKey

    ring = keys.ring()
    used = dict(
        DataKey.objects.filter(wrapped__isnull=False).values_list("master").annotate(n=Count("pk")).order_by("master")
    )
    for name, print_ in sorted(ring.fingerprints().items()):
        master = name.removeprefix("master:")
        note = ""
        if name.startswith("master:"):
            note = _("，用于 %(count)d 把数据密钥") % {"count": used.get(master, 0)}
            note += _("，当前") if master == ring.current else ""
        print(f"{name}  {print_}{note}")
    print(
        _("新内容的加密算法：%(suite)s；盲索引的摘要：%(digest)s")
        % {"suite": ciphers.chosen(), "digest": ring.blind_digest}
    )
    gone = DataKey.objects.filter(wrapped__isnull=True).count()
    print(_("已销毁的数据密钥：%(count)d 把") % {"count": gone})
    return 0


def _rotate() -> int:
    from django.conf import settings

    from huiyin.org import actions
    from huiyin.vault import keys

    try:
        count = actions.rotate_keys()
    except keys.KeyRingError as error:
        raise Stop(str(error)) from error
    print(_("已更换主密钥为 %(name)s，重新包裹了 %(count)d 把数据密钥。请重新备份密钥文件夹：%(folder)s") % {
        "name": keys.ring().current, "count": count, "folder": settings.KEYS})  # fmt: skip
    return 0
