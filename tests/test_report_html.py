"""The page: escapes everything, needs nothing else, reads in order."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from sample_diagnosis import founding, healthy, renamed, too_little

from diagnose.plugins import REPORTS
from diagnose.reports.html import page

SAMPLES = [founding, healthy, too_little]
HOSTILE = "<script>alert('1')</script>\"&amp;"
PARTS = "fitness suspects way load capacity cleared unknown statistics collected"
ORDER = re.findall(r"\w+", PARTS)


class Reader(HTMLParser):
    """Tags that were opened and closed, ids and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)

    def named(self, *names):
        return [(tag, attributes) for tag, attributes in self.tags if tag in names]


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_tag_is_closed_and_every_id_is_one(sample):
    read = Reader(page(*sample()))
    assert read.open == []
    ids = [a["id"] for _, a in read.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_a_name_is_never_markup():
    diagnosis, run = founding()
    text = page(renamed(diagnosis, run, HOSTILE), run)
    read = Reader(text)
    assert not read.named("script") and "<script" not in text
    assert sum(HOSTILE in t for t in read.texts) > 10


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_page_asks_for_nothing_from_elsewhere(sample):
    text = page(*sample())
    assert not re.search(r"""(src|href)=["'](?!#)""", re.sub(r"xmlns(:\w+)?=\"[^\"]*\"", "", text))
    assert "@import" not in text and not re.search(r"url\((?!#)", text)


def test_the_sections_come_in_order():
    sections = [a["id"] for _, a in Reader(page(*founding())).named("section")]
    assert sections == ORDER
    links = [a["href"] for _, a in Reader(page(*founding())).named("a")]
    assert links == [f"#{name}" for name in ORDER]


def test_sections_without_content_are_left_out():
    sections = [a["id"] for _, a in Reader(page(*too_little())).named("section")]
    assert sections == ["fitness", "unknown", "collected"]


def test_headings_descend_by_one_and_drawings_and_tables_speak():
    read = Reader(page(*founding()))
    levels = [int(tag[1]) for tag, _ in read.named("h1", "h2", "h3", "h4", "h5")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(a.get("role") == "img" and a.get("aria-label") for _, a in read.named("svg"))
    assert all(a.get("scope") in ("col", "row") for _, a in read.named("th"))


def test_the_same_run_gives_the_same_page(tmp_path):
    for name in ("a.html", "b.html"):
        REPORTS["html"].write(*founding(), tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_every_source_of_evidence_is_on_the_page():
    texts = set(Reader(page(*founding())).texts)
    for suspect in founding()[0].suspects:
        assert {e.source for e in (*suspect.for_, *suspect.against)} <= texts
