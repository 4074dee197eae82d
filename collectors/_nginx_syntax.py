r"""The syntax of nginx configurations: words, quotes, comments, blocks.

A directive is words and a semicolon, or words and a block in braces. A quote or a # counts
only where a word begins; "${" does not open a block; a backslash takes the next character
as it is. Blocks of Lua (`content_by_lua_block`) are read over.

Source: ngx_conf_read_token in https://github.com/nginx/nginx/blob/master/src/core/ngx_conf_file.c
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<mark>[;{}])"
    r'|(?P<quoted>"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\')'
    r"|(?P<word>(?:\$\{|\\.|[^\s;{}\\\"'])(?:\$\{[^}\s]*\}|\\.|[^\s;{\\])*)",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MEANS = {"t": "\t", "r": "\r", "n": "\n", '"': '"', "'": "'", "\\": "\\"}
MOST_NESTED = 100  # a configuration nests five or six deep


@dataclass(frozen=True, slots=True)
class Token:
    """One word, or one of ; { } as `mark`."""

    text: str
    mark: bool
    line: int
    end: int


@dataclass(slots=True)
class Directive:
    """name args; or name args { block }."""

    name: str
    args: list[str]
    line: int
    block: list[Directive] | None = None

    def find(self, *names: str) -> Iterator[Directive]:
        """Directives of these names straight inside the block."""
        return (one for one in self.block or () if one.name in names)


@dataclass(slots=True)
class Tree:
    """What a text holds, and (line, sentence) of what is wrong with it."""

    top: list[Directive] = field(default_factory=list)
    wrong: list[tuple[int, str]] = field(default_factory=list)

    def walk(self) -> Iterator[tuple[Directive, tuple[Directive, ...]]]:
        """Every directive with the blocks around it, the outermost first."""
        stack: list[tuple[Directive, tuple[Directive, ...]]]
        stack = [(one, ()) for one in reversed(self.top)]
        while stack:
            one, around = stack.pop()
            yield one, around
            stack += [(inner, (*around, one)) for inner in reversed(one.block or [])]


def parse_tree(text: str) -> Tree:
    """Read a configuration, as far as it goes.

    >>> tree = parse_tree('a "b c" d\\\\;; e { f ${g}h; } # i')
    >>> [(one.name, one.args) for one, _ in tree.walk()], tree.wrong
    ([('a', ['b c', 'd;']), ('e', []), ('f', ['${g}h'])], [])
    """
    tree = Tree()
    reader = _Reader(text, tree)
    for token in reader:
        reader.take(token)
    reader.finish()
    return tree


class _Reader:
    """Puts tokens together; iterating gives the tokens that are not read over."""

    def __init__(self, text: str, tree: Tree) -> None:
        self._text, self._tree = text, tree
        self._at, self._line = 0, 1
        self._words: list[Token] = []
        self._open: list[Directive] = []

    def __iter__(self) -> Iterator[Token]:
        while self._at < len(self._text):
            match = _TOKEN.match(self._text, self._at)
            if match is None:
                self._tree.wrong.append((self._line, "a quote is left open"))
                return
            kind, line = match.lastgroup, self._line
            self._at = match.end()
            self._line += match[0].count("\n")
            if kind in ("word", "quoted", "mark"):
                yield Token(_unescaped(match[0], kind == "quoted"), kind == "mark", line, self._at)

    def take(self, token: Token) -> None:
        if not token.mark:
            self._words.append(token)
        elif token.text == "}":
            self._close(token)
        else:
            self._directive(token)

    def _directive(self, token: Token) -> None:
        if not self._words:
            if token.text == "{":
                self._tree.wrong.append((token.line, "a block has no name"))
                self._open.append(Directive("", [], token.line, []))
            return
        first, *rest = self._words
        one = Directive(first.text, [word.text for word in rest], first.line)
        self._words = []
        inside = self._open[-1].block if self._open else self._tree.top
        if inside is not None and len(self._open) < MOST_NESTED:
            inside.append(one)
        if token.text == "{":
            one.block = []
            self._open.append(one)
            if one.name.endswith("_by_lua_block"):
                self._skip_lua(one)

    def _close(self, token: Token) -> None:
        if self._words:
            self._tree.wrong.append((token.line, "a directive does not end in a semicolon"))
            self._words = []
        if self._open:
            self._open.pop()
        else:
            self._tree.wrong.append((token.line, "a brace closes no block"))

    def _skip_lua(self, block: Directive) -> None:
        """To the brace that closes a block of Lua; braces in its strings are rarely uneven."""
        depth = 1
        while depth and self._at < len(self._text):
            here = self._text[self._at]
            depth += (here == "{") - (here == "}")
            self._line += here == "\n"
            self._at += 1
        if not depth:
            self._open.pop()
        block.block = []

    def finish(self) -> None:
        """Say what the end of the text left open."""
        if self._words:
            self._tree.wrong.append((self._words[0].line, "a directive breaks off"))
        for one in self._open[:1]:
            self._tree.wrong.append((one.line, "a block is not closed"))


def _unescaped(text: str, quoted: bool) -> str:
    body = text[1:-1] if quoted else text
    if "\\" not in body:
        return body
    return _ESCAPED.sub(lambda found: _MEANS.get(found[1], _kept(found[1], quoted)), body)


def _kept(char: str, quoted: bool) -> str:
    """A backslash stays in front of what needs none, as in nginx; in regexes above all."""
    return char if not quoted and char in ";{} #" else "\\" + char
