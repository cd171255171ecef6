"""What the documentation site needs besides its pages: files of the repository that pages link to are copied beside them."""

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = re.compile(r"\]\(\.\./([\w./-]+)((?:#[\w-]+)?)\)")
"""A link out of the folder of the pages."""


def on_files(files: Files, config: Any) -> Files:
    """Adds each file outside that a page links to."""
    texts = [Path(file.abs_src_path).read_text(encoding="utf-8") for file in files.documentation_pages() if file.abs_src_path]
    for name in sorted({link[0] for text in texts for link in OUTSIDE.findall(text)}):
        if name != "README.md" and (path := ROOT / name).is_file():
            files.append(File.generated(config, _copy(name), abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Leads such links to the copies."""
    return OUTSIDE.sub(lambda link: f"]({_copy(link[1])}{link[2]})", markdown)


def _copy(name: str) -> str:
    """The address of a file's copy: a text, as pages of the repository have links of their own; the site has a first page."""
    return (
        "index.md" if name == "README.md" else f"repository/{name.removesuffix('.md')}" + (".txt" if name.endswith(".md") else "")
    )
