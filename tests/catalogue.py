"""Write the catalogues and README's output from the code, or check that they are current.

python -m tests.catalogue --write
python -m tests.catalogue --check
"""

from __future__ import annotations

import sys
from pathlib import Path

from diagnose.plugins import COLLECTORS, RULES, load

ROOT = Path(__file__).parent.parent
HEAD = "<!-- Generated from the code by `make docs`; do not edit. -->\n"


def rules_page() -> str:
    """Every rule's page, by resource."""
    load("rules")
    out = [HEAD, "# The bottlenecks that are looked for", "", f"{len(RULES)} rules.", ""]
    resources = sorted({rule.resource for rule in RULES.values()})
    for resource in resources:
        out += [f"## {resource}", ""]
        for name, rule in sorted(RULES.items()):
            if rule.resource == resource:
                out += _rule(name, rule)
    return "\n".join(out).rstrip() + "\n"


def _rule(name: str, rule) -> list[str]:  # type: ignore[no-untyped-def]
    facts = [f"judges {', '.join(rule.roles) or 'every component'}"]
    if rule.pattern:
        facts.append(f"pattern {rule.pattern}")
    if rule.needs:
        facts.append("needs " + "; ".join(f"`{need}`" for need in rule.needs))
    if rule.explained_by:
        facts.append("a consequence of " + ", ".join(rule.explained_by) + ", where that is found")
    return [f"### {name}", "", "*" + " · ".join(facts) + "*", "", "```text", rule.doc, "```", ""]


def formats_page() -> str:
    """Every source that is read."""
    load("collectors")
    out = [HEAD, "# What is read", ""]
    out += ["Files are told by their content, never by their name.", ""]
    for kind, collector in sorted(COLLECTORS.items(), key=lambda pair: pair[1].title.lower()):
        out += [f"## {collector.title}", "", f"*kind `{kind}`*", "", "```text", collector.doc]
        out += ["```", ""]
    return "\n".join(out).rstrip() + "\n"


def load_tools_page() -> str:
    """Load tools: what can be known from which format, and the best command line of each."""
    from diagnose.loadtools import RISING, known_from, load_tools
    from diagnose.plugins import GIVES

    out = [HEAD, "# Load tools", ""]
    out += ["What each format tells, besides counts, throughput and mean response time;"]
    out += ["*clock*: its times are of a wall clock, so hosts can be laid beside it. Without a"]
    out += ["*series* no turn in time can be found: give several runs at rising load.", ""]
    out += [f"| tool | format | {' | '.join(GIVES)} |", f"|---|---|{'---|' * len(GIVES)}"]
    for tool in load_tools():
        for c in tool.formats:
            marks = " | ".join("✓" if known else "" for known in known_from(c))
            out.append(f"| {tool.name} | {c.title} | {marks} |")
    out += ["", "## The one command line of each that tells most", "", RISING, ""]
    for tool in load_tools():
        out += [f"### {tool.name}", "", "```text", tool.best, "```", ""]
    return "\n".join(out).rstrip() + "\n"


BEGIN = "<!-- output of the current version: written by `make docs`, held by `make check` -->"
END = "<!-- end of output -->"


def readme() -> str:
    """README.md with what the current version prints of the bundled run."""
    from diagnose.analyze import analyze
    from diagnose.reports.terminal import render

    diagnosis, run, _ = analyze(ROOT / "examples" / "run42")
    shown = render(diagnosis, run, colour=False, width=100).partition("\nCleared:")[0]
    head, _, rest = (ROOT / "README.md").read_text(encoding="utf-8").partition(BEGIN)
    return f"{head}{BEGIN}\n```text\n{shown.rstrip()}\n```\n{END}{rest.partition(END)[2]}"


PAGES = {
    "docs/rules.md": rules_page,
    "docs/formats.md": formats_page,
    "docs/load-tools.md": load_tools_page,
    "README.md": readme,
}


def main(argv: list[str]) -> int:
    """Write or check; 1 if a page is stale."""
    stale = []
    for name, page in PAGES.items():
        path, text = ROOT / name, page()
        if "--write" in argv:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"{name} is not current: run `make docs`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
