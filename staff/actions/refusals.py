"""Why a deed about people was refused."""


class StaffRefusedError(Exception):
    """A deed the rules forbid; ``sentence`` says in the reader's language what happened and what to do."""

    def __init__(self, sentence: object) -> None:
        self.sentence = str(sentence)
        super().__init__(self.sentence)
