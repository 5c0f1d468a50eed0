from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from catalogue.services import File, Loaded, UnableToLoadError, download, load_catalogue, read_annex


class Command(BaseCommand):
    help = "Load segments and control lists: the project's own seed, and Annex I from a folder or an address if one is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        where = parser.add_mutually_exclusive_group()
        where.add_argument(
            "path", nargs="?", type=Path, help="the consolidated text as XHTML, or a folder with eu_dual_use/annex_i_paragraphs.csv"
        )
        where.add_argument("--url", help="the https address of the consolidated text as XHTML, or of a table of its paragraphs")
        parser.add_argument("--sha256", help="the checksum that the file at --url must have")

    def handle(self, *args: Any, path: Path | None, url: str | None, sha256: str | None, **options: Any) -> None:
        if bool(url) != bool(sha256):
            raise CommandError("--url and --sha256 belong together.")
        try:
            self._load(path=path, url=url, sha256=sha256)
        except UnableToLoadError as error:
            raise CommandError(str(error)) from error

    def _load(self, *, path: Path | None, url: str | None, sha256: str | None) -> None:
        annex = None
        if url and sha256:
            annex = File(download(url=url, sha256=sha256), url)
        elif path:
            annex = read_annex(path)
        with tqdm(unit=" rows", disable=None, leave=False, file=self.stderr) as bar:

            def progress(done: int, total: int) -> None:
                if done < bar.n:
                    bar.reset()
                bar.total = total
                bar.update(done - bar.n)

            for loaded in load_catalogue(annex=annex, now=timezone.now(), progress=progress):
                self._say(loaded)

    def _say(self, loaded: Loaded) -> None:
        if loaded.is_unchanged:
            self.stdout.write(f"{loaded.name}: unchanged.")
        else:
            self.stdout.write(f"{loaded.name}: {loaded.written} rows written.")
