"""Files in calls: sent beside the JSON of a call as multipart/form-data, and downloaded one by one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from io import BytesIO
from itertools import chain
from typing import Any

from django.core.exceptions import ValidationError as FormError
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import DataAndFiles, JSONParser, MultiPartParser
from rest_framework.request import Request

from inquiries.cleaning.kinds import METADATA_WORDS, MOST_BYTES, Kind
from inquiries.forms.files import MOST_FILES, FilesField, receive_all
from inquiries.services.attachments import File
from inquiries.services.receiving import Received
from organisations.uploads import takes_files

BODY, FILES = "body", "files"
KINDS = "One of " + ", ".join(kind.value for kind in Kind)
with_files = takes_files(most=MOST_FILES, each=MOST_BYTES)


class BesideFilesParser(MultiPartParser):
    """A call with files: one part `body` with the JSON that the call would have without them, and a part `files` for each."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> DataAndFiles[Any, Any]:
        parsed = super().parse(stream, media_type, parser_context)
        try:
            return DataAndFiles(_body(parsed), parsed.files)
        except Exception:
            for file in chain.from_iterable(files for _, files in parsed.files.lists()):
                file.close()  # the request, which closes them else, never gets to know them
            raise


def _body(parsed: DataAndFiles[Any, Any]) -> dict[str, Any]:
    bodies = parsed.data.getlist(BODY)
    # A part of another name, or a file sent as a plain field, would be lost without a word.
    if len(bodies) != 1 or set(parsed.data) != {BODY} or not set(parsed.files) <= {FILES}:
        raise ParseError("Send the JSON of the call as one part “body”, and each file, with its name, as a part “files”.")
    try:
        body = JSONParser().parse(BytesIO(bodies[0].encode("utf-8", "replace")))
    except ParseError as error:
        raise ParseError(f"The part “body”: {error.detail}") from error
    if not isinstance(body, dict):
        raise ParseError("The part “body” is no JSON object.")
    if FILES in body:
        raise ParseError("The files of a call are parts of their own, not in its “body”.")
    return body


PARSERS = (JSONParser, BesideFilesParser)


def body_of(request: Request) -> Any:
    """The JSON of a call, whether or not files came beside it."""
    data: Any = request.data
    return {name: value for name, value in data.items() if name != FILES} if request.FILES else data


def received(request: Request) -> list[Received]:
    """The files of a call, cleaned; raises ValidationError."""
    try:
        return receive_all(FilesField().clean(request.FILES.getlist(FILES)))
    except FormError as error:
        raise ValidationError({FILES: error.messages}) from error


class RemovedSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="What was hidden in the file: " + ", ".join(METADATA_WORDS))
    value = serializers.CharField()


class CleanedSerializer(serializers.Serializer[Any]):
    """A file as it went: cleaned, under a safe name; `removed` is what was taken out, or is told of where it says so."""

    name = serializers.CharField()
    kind = serializers.CharField(help_text=KINDS)
    size = serializers.IntegerField(help_text="In bytes.")
    removed = RemovedSerializer(many=True)


class FileSerializer(serializers.Serializer[Any]):
    """A file of a conversation, for downloading by its id."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.CharField(help_text=KINDS)
    size = serializers.IntegerField(help_text="In bytes.")


def cleaned(file: Received) -> dict[str, Any]:
    removed = [{"kind": each.kind, "value": each.value} for each in file.removed]
    return {"name": file.name, "kind": file.kind.value, "size": file.size, "removed": removed}


def named(files: Iterable[File]) -> list[dict[str, Any]]:
    return [{"id": str(file.pk), "name": file.name, "kind": file.kind.value, "size": file.size} for file in files]


@cache
def beside_files(body: type[serializers.Serializer[Any]]) -> dict[str, type[serializers.Serializer[Any]]]:
    """What the schema says of a call that may bring files."""
    fields = {
        BODY: serializers.CharField(help_text="The JSON of the call as it would be without files."),
        FILES: serializers.ListField(child=serializers.FileField(), max_length=MOST_FILES, help_text="20 MB each."),
    }
    parts = type(f"{body.__name__.removesuffix('Serializer')}BesideFilesSerializer", (serializers.Serializer,), fields)
    return {"application/json": body, "multipart/form-data": parts}
