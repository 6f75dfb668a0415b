"""Sending files as pages and the API do."""

from huiyin.cases.sent_files import owner_of
from huiyin.evidence.actions import Incoming, stage
from tests.evidence import made

VISIT = "web:" + "a" * 40


def send(content=None, owner=VISIT, name="发票.jpg"):
    """A file that was sent and belongs to no case yet."""
    incoming = Incoming()
    incoming.write(made.jpeg(640, 320) if content is None else content)
    return stage(incoming, name, owner)


def fact(*files):
    """As they stand among facts."""
    return [f"file:{one.pk}" for one in files]


def by(officer):
    """Whose files an officer's are."""
    return owner_of(officer)


def on_disk(folder):
    """Every file under the folder of evidence."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
