"""What a file tells of who made it, found and taken out, before a firm's attachment is sealed.

A file is known by its content, whatever its name says. It is read in a process of its own that can open nothing, and it never
lies on a disk. That process loads what it needs of this package, and nothing of Django.
docs/decisions/0014-cleaned-attachments.md says what is kept and what is not.
"""
