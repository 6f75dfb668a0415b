"""Whether a file carries something that is known to do harm: asked of ClamAV where the setting names one, said plainly where it does not."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from huiyin import clamd
from huiyin.evidence.errors import BadFile
from huiyin.evidence.storage import Reader

NOT_SCANNED: Final = ""
CLEAN: Final = clamd.CLEAN


def scanned(content: Reader) -> str:
    """CLEAN, or NOT_SCANNED where no scanner is set. Raises BadFile for what carries harm, and when the scanner that is set does not answer: a
    file that nobody looked at is not taken in silently."""
    daemon = settings.CLAMD
    if daemon is None:
        return NOT_SCANNED
    try:
        found = clamd.scan(daemon, content.frames())
    except clamd.Away:
        raise BadFile("scanner", _("现在不能检查文件有没有病毒，所以没有收下。请稍候再交；文字可以先提交。"))
    if found == clamd.INFECTED:
        raise BadFile("virus", _("这个文件里有病毒，不能收。请用杀毒软件检查您的设备，或把内容截图、打印成 PDF 再交。"))
    return CLEAN
