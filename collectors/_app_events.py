"""Messages of trouble in an application log; a stack trace is one message."""

from __future__ import annotations

import math

from diagnose.readings import Occurrences

from ._app_lines import ERROR, INFO, UNKNOWN, Line
from ._log_messages import OTHER, Messages

# What tells a message, the telling ones first. Wordings of Go, Python, Java, Node, Ruby, PHP.
TABLE = r"""
too_many_open_files  (?i:too many open files)|\bE[MN]FILE\b
too_many_connections (?i:too many connections|too many clients already|remaining connection slots)|ER_CON_COUNT_ERROR
pool_exhausted       QueuePool limit|(?i:pool (?:is |has been )?(?:exhausted|timed? ?out|full|timeout)|connection is not available, request timed out|(?:could not|unable to|failed to|timeout|timed out)[a-z ]* (?:acquir|obtain|get|checkout|check out)\w*[a-z ]* connection|timeout exceeded when trying to connect|no (?:free|available|idle) connections?)|Pool(?:Exhausted|Timeout)|ConnectionTimeoutError|PoolError|ResourceRequest timed out
no_local_address     (?i:cannot assign requested address)|EADDRNOTAVAIL
dns_failure          (?i:no such host|name or service not known|temporary failure in name resolution|could not resolve host|name resolution)|ENOTFOUND|EAI_AGAIN|UnknownHostException|getaddrinfo
out_of_memory        (?i:out of memory|cannot allocate memory)|OutOfMemory|\bMemoryError\b|\bENOMEM\b|NoMemoryError
connect_refused      (?i:connection refused)|ECONNREFUSED|ConnectionRefused
queue_full           (?i:queue (?:is |was )?full|queue of socket .* full|task queue depth|thread pool[a-z ]*(?:exhausted|full)|no (?:free|available|idle) (?:worker|thread)s?)|RejectedExecution|max_children|QueueFull
timed_out            (?i:deadline exceeded|i/o timeout|timed out|timeout (?:exceeded|expired|reached|of \d)|request timeout|gateway timeout)|ETIMEDOUT|ESOCKETTIMEDOUT|Timeout(?:Error|Exception)|(?:Read|Connect|Write)Timeout|Timeout::Error
connection_reset     (?i:connection reset|broken pipe|socket hang up|server has gone away|lost connection to|server closed the connection|connection aborted|unexpected eof)|ECONNRESET|\bEPIPE\b|RemoteDisconnected
long_gc              (?i:detected pause in jvm|gc overhead limit|long gc|gc.{0,40}overhead, spent)
panic                \bpanic(?:ked)?\b|goroutine \d+ \[|Traceback \(most recent|(?i:unhandled (?:promise|exception|rejection)|uncaught exception|segmentation fault)|SIGSEGV|^fatal error: |WORKER TIMEOUT|Worker .*was sent SIG|\bFATAL EXCEPTION\b
"""  # noqa: E501


class Events:
    """Counts messages; a line without a stamp behind an error belongs to that error."""

    def __init__(self) -> None:
        self._messages = Messages("app", TABLE)
        self._slug = ""  # of the event that is still open
        self._at_s, self._number, self._text = math.nan, 0, ""

    def begun(self, number: int, text: str, line: Line) -> None:
        """A line with a stamp."""
        self._close()
        self._at_s = line.at_s
        if line.level == INFO or (line.level == UNKNOWN and line.is_request):
            return
        slug = self._messages.slug(text)
        self._open(slug or (OTHER if line.level == ERROR else ""), number, text)

    def continued(self, number: int, text: str) -> None:
        """A line without a stamp."""
        slug = self._messages.slug(text)
        if text.startswith(("panic:", "fatal error:")):  # Go's runtime, never part of a line
            self._close()
        if self._slug:
            self._slug = self._messages.more_telling(self._slug, slug)
        elif slug:
            self._open(slug, number, text)

    def occurrences(self) -> list[Occurrences]:
        """All messages of the source "app"."""
        self._close()
        return self._messages.occurrences()

    def _open(self, slug: str, number: int, text: str) -> None:
        self._slug, self._number, self._text = slug, number, text

    def _close(self) -> None:
        if self._slug:
            self._messages.count(self._slug, self._at_s, self._number, self._text)
            self._slug = ""
