"""Texts in the two forms of the Publications Office's XHTML: points in grids, and points in nested tables."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

Paragraph = tuple[str, str, str, str]  # code, parent, kind, text
HEAD = '<p class="reference">02021R0821 — EN — 15.11.2025 — 008.001</p><p class="title-annex-1">ANNEX {number}</p>'


def consolidated(paragraphs: Iterable[Paragraph], *, form: str = "grid", before: str = "", after: str = "") -> bytes:
    """The XHTML of an annex with these paragraphs, in their order; `before` and `after` are put around its entries."""
    nodes = [_Node("", "", "")]
    places = {"": nodes[0]}
    for code, parent, kind, text in paragraphs:
        node = _Node(code.rpartition(".")[2] if kind == "para" else "", text, kind)
        places[parent].below.append(node)
        if kind in ("entry", "para"):
            places[code] = node
            node.code = code
    body = "".join(_entry(node, form) for node in nodes[0].below)
    head = HEAD.format(number="I")
    page = (
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{head}{before}{body}{after}</body></html>'
    )
    return b"<?xml version='1.0' encoding='UTF-8'?>" + page.encode()


class _Node:
    def __init__(self, label: str, text: str, kind: str) -> None:
        self.label, self.text, self.kind, self.code = label, text, kind, ""
        self.below: list[_Node] = []


def _entry(node: _Node, form: str) -> str:
    inner = "".join(_point(each, form) for each in node.below)
    if form == "grid":
        return f'<p class="norm"><span class="bold">{node.code}</span> {_marked(node.text)}</p>{inner}'
    return f"<table><tr><td><p>{node.code}</p></td><td><p>{_marked(node.text)}</p>{inner}</td></tr></table>"


def _point(node: _Node, form: str) -> str:
    if node.kind != "para":
        return f'<p class="norm">{_marked(node.text)}</p>'
    inner = f'<p class="norm">{_marked(node.text)}</p>' + "".join(_point(each, form) for each in node.below)
    if form == "grid":
        columns = (
            f'<div class="list grid-list-column-1"><span>{node.label}.</span></div><div class="grid-list-column-2">{inner}</div>'
        )
        return f'<div class="grid-container grid-list">{columns}</div>'
    return (
        f'<table><col width="4%"/><col width="96%"/><tbody><tr><td><p>{node.label}.</p></td><td>{inner}</td></tr></tbody></table>'
    )


def _marked(text: str) -> str:
    return escape(text).replace("{3}", '<span class="superscript">3</span>')
