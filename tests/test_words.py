"""Texts that users read are in plain, standard English: the commonest old patterns (see docs/words.md) do not come back."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

INSTEAD = {
    r"\b(?:luck|lucky)\b": "chance, a seed, a simulated history, random numbers; no clear difference, clearly",
    r"\bpupils (?:in|of) a (?:hundred|thousand)\b|\bin hundredths\b": "percentage points, young people",
    r"\bregimes?\b|\bways? of working\b": "arm; on the page: approach",
    r"\bpays(?=[.,:;?!]| (?:here|where|off|when|if|best|more|least)\b)|\bdoes it pay\b": "does better, is worth it",
    r"\bbest other arm\b|\brivals?\b": "strongest alternative",
    r"\bties with (?!trust)|\bthrow of the dice\b": "no clear difference; one simulated history",
    r"\bAnd if \S.*\?": "What if ...?",
    r"\b(?:is|are) told\b|\bhears? of\b|\bto tell of\b": "is shown, is printed; notices",
    r"\b(?:of|for|where|beside) (?:who|what) (?:has|have|finds?|gives?|takes?|stays?|leaves?)\b": "organisations that ...",
    r"\bwho (?:has|have|finds?) no\b": "which schools lack ...",
    r", (?:too|else)\b(?=[.,;:)])": "also",
    r"\bstands? (?:beside|for)\b|\bstand in for\b|\bas (?:it|they) stands?\b": "is next to, is, replaces; unchanged",
}
"""What is not written, and what is."""

DONE_LATER: dict[str, str] = {
    "cisim/scenario/__init__.py": "names the old spelling of arms, which is still read",
}
"""Files whose texts are still to be rewritten, and what they wait for. It can only shrink: a file that is clean must go."""

LEFT_OUT = {"docs/words.md": "its last column lists the words that are not used"}


def prose(page: str) -> Iterator[str]:
    """The paragraphs of a page, without code blocks, code in a line and addresses of links."""
    page = re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
    page = re.sub(r"<!--.*?-->|`[^`\n]*`|(?<=\])\([^)]*\)", "", page, flags=re.DOTALL)
    for part in re.split(r"\n\s*\n|\n(?=[-|#>]|\d+\. )", page):
        yield re.sub(r"\s+", " ", part).strip()


def sentence(text: str) -> bool:
    return len(re.findall(r"[A-Za-z…]+", text)) > 3 and " " in text.strip()


def literals(source: str) -> Iterator[str]:
    """Strings of a module that are sentences, with … for values in them, and the help of its commands; no other docstrings."""
    tree = ast.parse(source)
    inner: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Module(body=body) | ast.ClassDef(body=body) | ast.FunctionDef(body=body):
                inner |= {part.value for part in body if isinstance(part, ast.Expr)}
                if isinstance(node, ast.FunctionDef) and any("command" in ast.unparse(d) for d in node.decorator_list):
                    yield ast.get_docstring(node) or ""
            case ast.JoinedStr(values=parts):
                inner |= set(parts)
                yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inner:
            yield node.value


def in_tables(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from in_tables(part)


def in_template(source: str) -> Iterator[str]:
    """What a template of the page or of the report shows: its text, and its strings."""
    source = re.sub(r"<style.*?</style>|/\*.*?\*/|^\s*//.*?$|\{#.*?#\}", "", source, flags=re.DOTALL | re.MULTILINE)
    yield from re.findall(r">([^<>]+)<", re.sub(r"<script.*?</script>", "", source, flags=re.DOTALL))
    yield from (found[1] for found in re.findall(r"(['\"`])((?:(?!\1)[^\n\\]|\\.)*)\1", source))


def texts(path: Path) -> list[str]:
    """The texts of a file that a user can see."""
    source = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".md":
            return list(prose(source))
        case ".py":
            return [text for text in literals(source) if sentence(text)]
        case ".toml":
            comments = re.sub(r"\n# ?", " ", "\n".join(re.findall(r"#.*$", source, re.MULTILINE)))
            return [comments, *(text for text in in_tables(tomllib.loads(source)) if sentence(text))]
    return [re.sub(r"\$?\{+.*?\}+", "…", text) for text in in_template(source) if sentence(text)]


def files() -> Iterator[str]:
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"), ROOT / "docs" / "fields.toml"]
    for folder in ("scenarios", "experiments", "cisim"):
        found += [path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".toml", ".vue", ".j2")]
    for path in sorted(found):
        name = path.relative_to(ROOT).as_posix()
        if name not in LEFT_OUT and "__pycache__" not in name:
            yield name


def old(text: str) -> list[str]:
    """The old patterns of a text, with the words around them and what to write."""
    found = []
    for pattern, instead in INSTEAD.items():
        for hit in re.finditer(pattern, re.sub(r"`[^`]*`|cisim \w+", "", text)):
            around = re.sub(r"\s+", " ", hit.string[max(0, hit.start() - 40) : hit.end() + 30])
            found.append(f'"... {around} ...": {instead}')
    return found


@pytest.mark.parametrize("name", list(files()))
def test_what_a_user_reads_has_none_of_the_old_patterns(name: str) -> None:
    found = [hit for text in texts(ROOT / name) for hit in old(text)]
    if name in DONE_LATER:
        assert found, f"{name} is done: take it out of DONE_LATER"
    else:
        assert found == []


def test_every_file_that_is_done_later_exists() -> None:
    assert set(DONE_LATER) <= set(files())


@pytest.mark.parametrize(
    "text",
    [
        "It is within luck of open data, the best other arm.",
        "0.06 pupils in a hundred more",
        "the arms, also called regimes",
        "Collective impact pays here.",
        "And if the assumed settings are others?",
        "who has no partner for what",
        "Each chart has them in a table, too.",
        "No place is told twice.",
        "One run is one throw of the dice.",
    ],
)
def test_an_old_pattern_is_found(text: str) -> None:
    assert len(old(text)) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "no funder pays for a backbone",
        "It pays $3k into the common pot.",
        "it pays … of its instalment",
        "too much money",
        "`arm=` asks",
    ],
)
def test_ordinary_words_are_not_mistaken_for_one(text: str) -> None:
    assert old(text) == []


def test_texts_are_found_in_code_pages_templates_and_tables(tmp_path: Path) -> None:
    def of(name: str, text: str) -> list[str]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return [found for found in texts(tmp_path / name) if found]

    code = '"""No words of a module."""\nX = "a sentence of five words"\n'
    code += 'def f(x):\n    "Nor of a function."\n    return f"{x} is what it says"\n'
    assert of("a.py", code) == ["… is what it says", "a sentence of five words"]
    assert of("b.py", '@cli.command()\ndef f():\n    """The help of a command."""\n') == ["The help of a command."]
    page = "Two lines\nof text.\n\n```text\nnot this\n```\n- a [link](to.md) and `code`\n"
    assert of("c.md", page) == ["Two lines of text.", "- a [link] and"]
    table = 'a = 1  # a number\n# of this kind\nb = ["a list of sentences here"]\n'
    assert of("d.toml", table) == ["# a number of this kind", "a list of sentences here"]
    vue = "<template><p>Four words are shown {{ x }}</p></template>\n"
    vue += "<script>\nexport default { a: `Why not ${b} at all`, c: 'x' }\n</script>\n"
    assert of("e.vue", vue) == ["Four words are shown …", "Why not … at all"]
