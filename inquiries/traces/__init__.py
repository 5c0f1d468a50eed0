"""What in a text could tell who wrote it: numbers, addresses and names that lead to one firm or person.

Nothing is looked up: a number counts by its shape and its check digits (python-stdnum, phonenumbers), or by the word before it
("serial no."). What an export question is full of is not a trace: control entries, standards, regulations, years, measures.
A finder errs; the asker decides about each finding. Texts of 50,000 characters take a fraction of a second, whatever is in them.
"""

from inquiries.traces.kinds import Kind
from inquiries.traces.rarity import Choices, Narrowing, too_small
from inquiries.traces.text import Trace, find, mask, replacement

__all__ = ["Choices", "Kind", "Narrowing", "Trace", "find", "mask", "replacement", "too_small"]
