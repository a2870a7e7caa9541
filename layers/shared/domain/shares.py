"""What of an account's a sub-user may use: all, nothing, or some of it by name."""

from dataclasses import dataclass

ACCESS = ("all", "none", "selected")


@dataclass(frozen=True)
class Share:
    """`access` is one of ACCESS; `names` are what was selected."""

    access: str = "all"
    names: tuple[str, ...] = ()

    def holds(self, name: str) -> bool:
        return self.access == "all" or (self.access == "selected" and name in self.names)


EVERYTHING = Share()
