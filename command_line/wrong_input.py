"""Input of a person that cannot be used."""


class WrongInput(ValueError):
    """An option or a file cannot be used. The message names it."""
