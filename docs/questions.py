"""Writes the answers of the gallery, cisim/ui/decide/answers.json, and its page, docs/gallery.md: python docs/questions.py"""

from pathlib import Path

from cisim.ui.decide.questions import ANSWERS, questions, stored, text_of_answers

PAGE = Path(__file__).parent / "gallery.md"
HEAD = """# Gallery of questions

Each link opens the page at the answer, computed by the model while you wait, if the page runs on this machine (`cisim ui`, port
8765). The answers beside them are those of the present model, on 64 simulated histories each. The tab Explore has the same
questions. `python docs/questions.py` computes them again.

| question | answer | in the page |
| --- | --- | --- |
"""
FOOT = """
Longer answers, with figures and how to make them again: [four studies](studies.md),
[one programme, and why it stalls](intervene.md), [where collective impact loses](where_it_loses.md),
[how sure one can be](ensemble.md), [what the second model changed](second_model.md).
"""


def page() -> str:
    """The page with the stored answers."""
    answers = {one["query"]: one for one in stored()["answers"]}
    rows = []
    for one in questions():
        answer = answers[one.query]
        words = f"**{answer['number']}** {answer['words']}." + (f" {answer['below']}." if answer["below"] else "")
        rows.append(f"| {one.title} | {words} | [open](http://127.0.0.1:8765/?{one.query}) |\n")
    return HEAD + "".join(rows) + FOOT


if __name__ == "__main__":
    ANSWERS.write_text(text_of_answers(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
