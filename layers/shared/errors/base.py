"""The base class of all refusals."""

from datetime import timedelta


class Refusal(Exception):
    """A request that is understood but not granted. `code` is stable; `message` says why, or what to do."""

    code = "refused"
    message = "The request was refused."
    fields: tuple[str, ...] = ()
    """Paths of the fields that are to blame, as `body.name`. The answer names them, and never their values."""

    def __init__(self, *, retry_after: timedelta | None = None) -> None:
        """*retry_after* is how long the caller has to wait; Retry-After has it in whole seconds, rounded up."""
        super().__init__(self.code)
        self.retry_after = retry_after
