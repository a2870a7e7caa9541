"""A refusal: one reason to say no."""

from datetime import timedelta


class Refusal(Exception):
    """A request that is understood and not granted. `code` is stable; `message` says what to do."""

    code = "refused"
    message = "The request was refused."

    def __init__(self, *, retry_after: timedelta | None = None) -> None:
        """*retry_after* is how long waiting helps, told to the caller rounded up to whole seconds."""
        super().__init__(self.code)
        self.retry_after = retry_after
