"""How files come in over HTTP: each piece is closed as it arrives. No upload ever lies in plain on the disk or whole in memory."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from huiyin.evidence.actions import Incoming, largest, stage
from huiyin.evidence.models import Staged

TIMES: Final = 4  # a request may bring so many of the largest files


class Received(UploadedFile):
    """One file of a request, closed. Unless it is staged it is gone when the request ends."""

    def __init__(self, incoming: Incoming, name: str, content_type: str | None) -> None:
        super().__init__(None, name, content_type, 0)
        self.incoming: Incoming | None = incoming

    def stage(self, owner: str) -> Staged:
        """Take it in, as `owner`'s. Raises BadFile."""
        incoming, self.incoming = self.incoming, None
        if incoming is None:
            raise ValueError("this file was taken already")
        return stage(incoming, self.name or "", owner)

    def close(self) -> None:
        """Nobody wanted it."""
        if self.incoming is not None:
            self.incoming.drop()
            self.incoming = None


class ClosingUploadHandler(FileUploadHandler):
    """Django's way to say where an upload goes."""

    chunk_size = 256 * 1024

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *more: Any, **named: Any) -> None:
        """A request that is larger than anything we take is not read at all."""
        if content_length > TIMES * largest() + 5_000_000:
            raise RequestDataTooBig("more than one request may bring")

    def new_file(self, *given: Any, **named: Any) -> None:
        """The next one begins."""
        super().new_file(*given, **named)
        self.file = Received(Incoming(), str(self.file_name), self.content_type)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Some more of it."""
        if self.file.incoming is not None:
            self.file.incoming.write(raw_data)

    def file_complete(self, file_size: int) -> Received:
        """All of it is there."""
        self.file.size = file_size
        return self.file

    def upload_interrupted(self) -> None:
        """The connection broke."""
        if hasattr(self, "file"):
            self.file.close()
