"""Numbers on pages are those of the result files; `python tests/support/pages.py` writes them."""

import pages
import pytest

PAGES = {page.relative_to(pages.ROOT).as_posix(): page for page in pages.PAGES}
# Tables that put several files, or several rows of one, side by side.
BY_HAND = {
    "benchmarks/devices/predicted_64.csv",
    "benchmarks/throughput/results_112_three_rounds.csv",
    *(f"docs/mpvn/{name}.csv" for name in ("fig5", "pays", "pays_deployment")),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_the_result_files_say(name):
    text = PAGES[name].read_text()
    assert pages.filled(text) == text, "python tests/support/pages.py writes it"


def test_every_result_file_is_on_a_page():
    files = {path for folder in ("docs", "benchmarks") for path in (pages.ROOT / folder).rglob("*.csv")}
    named = set().union(*(pages.named(page.read_text()) for page in PAGES.values()))
    left = {path.relative_to(pages.ROOT).as_posix() for path in files - named if not path.stem.endswith("_runs")}
    assert left == BY_HAND


def test_what_comments_name(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    (tmp_path / "a.csv").write_text('name,"value, px",other\none,1.5,x\ntwo,2.5,y\n')
    table = "| name | value, px |\n|---|---|\n| two | 2.5 |\n"
    head = "<!-- table a.csv; columns name, value, px; where name = two -->\n"
    assert pages.filled(f"{head}| old |\n|---|\nafter\n") == f"{head}{table}after\n"
    cell = "<!-- cell a.csv; column value, px; where name = one and other = x -->"
    assert pages.filled(f"is {cell}9<!-- end -->.") == f"is {cell}1.5<!-- end -->."
    assert pages.filled(f"is {cell}9<!-- end -->.") != f"is {cell}9<!-- end -->."
    for wrong in ("column nothing", "where name = three", "column name"):
        with pytest.raises(ValueError, match="a.csv|column"):
            pages.filled(f"<!-- cell a.csv; {wrong} --><!-- end -->")
