"""Which programs a shell text runs, and where its output goes, told without running it.

It knows POSIX sh as far as the house writes it: quotes, substitutions, case, functions,
comments; no here-documents and no aliases.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

WORDS = {
    *(":", "[", "break", "case", "command", "continue", "do", "done", "echo", "elif", "else"),
    *("esac", "eval", "exec", "exit", "export", "false", "fi", "for", "if", "in", "printf", "read"),
    *("return", "set", "shift", "then", "trap", "true", "unset", "wait", "while", "until"),
    *("{", "}"),
}
BEFORE = {"!", "if", "then", "else", "elif", "do", "while", "until", "$AS_ROOT", "exec", "{"}
REDIRECTION = re.compile(r"[0-9]*(?:>>?|<)&?\s*([^\s;|&<>]+)")
TOKEN = re.compile(
    r"(?P<escaped>\\.)|(?P<single>'[^']*')|(?P<double>\")|(?P<sum>\$\(\(.*?\)\))"
    r"|(?P<name>\$\{[^}]*\})|(?P<function>\(\))|(?P<opens>\$?\()|(?P<closes>\))"
    r"|(?P<comment>(?<=[\s;|&])#[^\n]*)|(?P<case>(?<=[\s;|&(])(?:case|esac)\b)|(?P<other>.)",
    re.S,
)
QUOTED = re.compile(
    r"(?P<escaped>\\.)|(?P<double>\")|(?P<sum>\$\(\(.*?\)\))|(?P<opens>\$\()|(?P<other>.)", re.S
)


@dataclass
class Frame:
    """A text within a text: of a shell, or between double quotes."""

    quoted: bool = False
    out: str = ""
    cases: int = 0


@dataclass
class Plain:
    """A text whose quoted parts are "_", each substitution on lines of its own."""

    done: list[str] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=lambda: [Frame()])

    def read(self, text: str) -> str:
        text, at = "\n" + text, 0
        while at < len(text):
            top = self.frames[-1]
            token = (QUOTED if top.quoted else TOKEN).match(text, at)
            assert token
            at, kind = token.end(), token.lastgroup or ""
            if kind in ("closes", "opens", "double", "case"):
                getattr(self, kind)(top, token[0])
            elif token[0] == "\\\n":
                top.out += " "
            else:
                top.out += {"function": "()\n", "other": token[0], "comment": ""}.get(kind, "_")
        assert len(self.frames) == 1, "a quote or a substitution has no end"
        return "\n".join((*self.done, self.frames[0].out))

    def double(self, top: Frame, _: str) -> None:
        if top.quoted:
            self.frames.pop()
        else:
            top.out += "_"
            self.frames.append(Frame(quoted=True))

    def opens(self, top: Frame, text: str) -> None:
        top.out += "_" if text == "$(" else "\n"
        self.frames.append(Frame())

    def case(self, top: Frame, text: str) -> None:
        top.cases += 1 if text == "case" else -1
        top.out += text

    def closes(self, top: Frame, _: str) -> None:
        """A pattern, which names no program, or a substitution."""
        if top.cases:
            ends = [m.end() for m in re.finditer(r";;|\bin\s", top.out)]
            top.out = top.out[: ends[-1]] + "\n"
            return
        assert len(self.frames) > 1, "a parenthesis that nothing opens"
        self.done.append(self.frames.pop().out)


def plain(text: str) -> str:
    """See Plain."""
    return Plain().read(text)


def targets(text: str) -> set[str]:
    """Where it writes to: file names and descriptors behind >."""
    cleaned = plain(text)
    return {m[1] for m in REDIRECTION.finditer(cleaned) if ">" in m[0]}


def commands(text: str) -> list[list[str]]:
    """Simple commands as words, without the shell's own and the text's functions."""
    cleaned = plain(text)
    functions = set(re.findall(r"(\w+)\(\)\n", cleaned))
    cleaned = REDIRECTION.sub(" ", re.sub(r"\w+\(\)\n", "\n", cleaned))
    found = []
    for piece in re.split(r"[\n;|&]", cleaned):
        words = piece.split()
        while words and (words[0] in BEFORE or re.match(r"\w+=", words[0])):
            words = words[1:]
        if words[:1] == ["command"]:
            continue
        if words and words[0] not in WORDS | functions and words[0][0] not in ")":
            found.append(words)
    return found
