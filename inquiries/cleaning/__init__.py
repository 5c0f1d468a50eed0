"""What a file tells of who made it, found and taken out, before a firm's attachment is sealed.

A file is known by its content, whatever its name says. It is read in a process of its own that can open nothing, and it never
lies on a disk. docs/decisions/0014-cleaned-attachments.md says what is kept and what is not.
"""

from inquiries.cleaning.cleaner import Cleaned, Metadatum, clean
from inquiries.cleaning.kinds import METADATA_WORDS, MOST_BYTES, MOST_CHARACTERS, OFFICE, Kind
from inquiries.cleaning.refusals import UnableToClean

__all__ = ["METADATA_WORDS", "MOST_BYTES", "MOST_CHARACTERS", "OFFICE", "Cleaned", "Kind", "Metadatum", "UnableToClean", "clean"]
