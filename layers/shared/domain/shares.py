"""What a sub-user may use of something that the account has: all, nothing, or the items named."""

from dataclasses import dataclass

ACCESS = ("all", "none", "selected")


@dataclass(frozen=True)
class Share:
    """`access` is one of ACCESS; `names` are the items if it is "selected"."""

    access: str = "all"
    names: tuple[str, ...] = ()

    def holds(self, name: str) -> bool:
        return self.access == "all" or (self.access == "selected" and name in self.names)


EVERYTHING = Share()
