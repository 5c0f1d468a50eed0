"""A control entry as a tree: paragraphs below paragraphs, and the notes that belong to each, which always travel with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catalogue.models import ControlEntry


@dataclass(slots=True)
class Node:
    row: ControlEntry
    notes: list[ControlEntry] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Branch:
    """One paragraph with the paragraphs above it, the entry first, and all that stands below it."""

    node: Node
    ancestors: tuple[Node, ...]

    @property
    def needs_checking(self) -> bool:
        return any(row.needs_checking for row in _rows(self.node, *self.ancestors))

    @property
    def is_repaired(self) -> bool:
        return any(row.received_text for row in _rows(self.node, *self.ancestors))


def branch(rows: Iterable[ControlEntry], code: str) -> Branch | None:
    """The branch of the paragraph `code`, from the rows of its entry in order; None where no paragraph has the code."""
    nodes: dict[int, Node] = {}
    found: Node | None = None
    for row in rows:
        above = nodes.get(row.parent_id or 0)
        if row.is_note:
            if above:
                above.notes.append(row)
            continue
        nodes[row.pk] = Node(row)
        if above:
            above.children.append(nodes[row.pk])
        if row.code == code:
            found = nodes[row.pk]
    if found is None:
        return None
    return Branch(node=found, ancestors=tuple(_above(found, nodes)))


def _above(node: Node, nodes: dict[int, Node]) -> list[Node]:
    parent = nodes.get(node.row.parent_id or 0)
    return [*_above(parent, nodes), parent] if parent else []


def _rows(node: Node, *ancestors: Node) -> Iterable[ControlEntry]:
    for above in ancestors:
        yield above.row
        yield from above.notes
    yield node.row
    yield from node.notes
    for child in node.children:
        yield from _rows(child)
