"""Takes out of a built layer what no function ever uses. Run by the Makefile beside it: `prune.py SITE ARCHITECTURE`.

A layer of another architecture than asked for is refused: with it no function would start.
"""

import re
import shutil
import sys
from pathlib import Path

SERVICES = ("dynamodb", "events", "kms", "pinpoint-sms-voice-v2", "secretsmanager", "sesv2", "sns", "sqs")
"""The AWS services that our code speaks to. botocore brings the descriptions of four hundred others."""

METADATA_NEEDED = ("aws_lambda_powertools", "email_validator", "pydantic")
"""Packages whose version is asked for while they run."""

MACHINES = {"x86_64": 62, "arm64": 183}
"""What an ELF file says of the architecture that it is for: EM_X86_64 and EM_AARCH64 of the ELF specification."""

_MACHINE = slice(18, 20)


def prune(site: Path) -> None:
    unused = [*_other_services(site / "botocore" / "data"), *_other_services(site / "boto3" / "data")]
    unused += [folder for folder in site.rglob("tests") if folder.is_dir()]
    unused += [folder for folder in site.glob("*.dist-info") if not folder.name.startswith(METADATA_NEEDED)]
    unused += [site / "boto3" / "examples", site / "bin", *site.rglob("__pycache__")]
    for path in unused:
        shutil.rmtree(path, ignore_errors=True)


def of_another(architecture: str, site: Path) -> list[str]:
    """Return the compiled modules in *site* that Lambda's *architecture* cannot load."""
    return [
        str(module.relative_to(site))
        for module in sorted(site.rglob("*.so*"))
        if int.from_bytes(module.read_bytes()[_MACHINE], "little") != MACHINES[architecture]
    ]


def _other_services(data: Path) -> list[Path]:
    return [
        folder for folder in data.iterdir() if folder.is_dir() and not re.fullmatch("|".join(SERVICES), folder.name)
    ]


if __name__ == "__main__":
    place, asked = Path(sys.argv[1]), sys.argv[2]
    prune(place)
    if strangers := of_another(asked, place):
        sys.exit(f"The layer is to be for {asked}, but these are for another architecture: {', '.join(strangers)}")
