"""A mail server that only counts, in a process of its own so that it doesn't take the sender's time: `python -m tests.bench.sink`.

Prints its port, then one line with the number of messages and of different recipients for each line that it is sent.
"""

from __future__ import annotations

import asyncio
import sys


class Counting(asyncio.Protocol):
    messages = 0
    recipients: set[bytes] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.buffer, self.in_content, self.recipient = transport, b"", False, b""
        self.is_over = False
        transport.write(b"220 counting\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        answers = []
        while (end := self.buffer.find(b"\r\n.\r\n" if self.in_content else b"\r\n")) >= 0:
            line, self.buffer = self.buffer[:end], self.buffer[end + (5 if self.in_content else 2) :]
            answers.append(self.content() if self.in_content else self.word(line))
        self.transport.write(b"".join(answers))
        if self.is_over:
            self.transport.close()

    def content(self) -> bytes:
        self.in_content = False
        Counting.messages += 1
        Counting.recipients.add(self.recipient)
        return b"250 OK\r\n"

    def word(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"EHLO":
            return b"250-counting\r\n250 PIPELINING\r\n"
        if verb == b"RCPT":
            self.recipient = line[8:]
        if verb == b"DATA":
            self.in_content = True
            return b"354 go on\r\n"
        if verb == b"QUIT":
            self.is_over = True
            return b"221 bye\r\n"
        return b"250 OK\r\n"


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Counting, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    while await loop.run_in_executor(None, sys.stdin.readline):
        sys.stdout.write(f"{Counting.messages} {len(Counting.recipients)}\n")
        sys.stdout.flush()
        Counting.messages, Counting.recipients = 0, set()


if __name__ == "__main__":
    asyncio.run(main())
