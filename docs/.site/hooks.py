"""What the site has beside the pages of `docs`: other pages of the project, and reference pages made from the code."""

import posixpath
import re
from pathlib import Path

import reference  # beside this file
from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
# {page of the project: page of the site}
ELSEWHERE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "index.md",
    "gin_configs/papers/README.md": "papers.md",
}
LINK = re.compile(r"(!?\[[^\]]*\])\(([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files, config):
    for source, target in ELSEWHERE.items():
        if target != "index.md":
            files.append(File.generated(config, target, content=(ROOT / source).read_text(encoding="utf-8")))
    for path in sorted((ROOT / "benchmarks").rglob("*")):
        if path.suffix in (".md", ".png", ".csv"):
            files.append(File.generated(config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path)))
    for name, text in reference.pages().items():
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    return files


def on_page_markdown(markdown, page, config, files):
    """Links are relative to the project's files; those to files that are no pages become plain text."""
    here = page.file.src_uri
    source = _project_path(here)

    def rewritten(found):
        label, target, anchor = found[1], found[2], found[3] or ""
        if re.match(r"[a-z]+:", target):
            return found[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        wanted = _site_path(path)
        if wanted is None or files.get_file_from_path(wanted) is None:
            return f"`{path}`" if not label.startswith("!") else found[0]
        return f"{label}({posixpath.relpath(wanted, posixpath.dirname(here) or '.')}{anchor})"

    return LINK.sub(rewritten, markdown)


def _project_path(site_path):
    """Where a page of the site is in the project."""
    for source, target in ELSEWHERE.items():
        if target == site_path and target != "index.md":
            return source
    return site_path if site_path.startswith("benchmarks/") else f"docs/{site_path}"


def _site_path(project_path):
    """Where a file of the project is on the site, if it is there."""
    if project_path in ELSEWHERE:
        return ELSEWHERE[project_path]
    if project_path.startswith("docs/"):
        return project_path.removeprefix("docs/")
    return project_path if project_path.startswith("benchmarks/") else None
