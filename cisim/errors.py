"""Errors on the user's side: one sentence each with the remedy, the same on the command line and on the page."""

from cisim.text import english


class InputError(ValueError):
    """Input that cannot be used. Its text names the file, the key, the value and the remedy."""

    def __init__(self, where: str, sentence: str) -> None:
        super().__init__(english.sentence(f"{where}: {sentence}" if where else sentence))
        self.where, self.sentence = where, sentence


class StoreError(ValueError):
    """A results folder that cannot be used. Its text is one sentence with the remedy; an error of the disk is its cause."""

    def __init__(self, sentence: str) -> None:
        super().__init__(english.sentence(sentence))
