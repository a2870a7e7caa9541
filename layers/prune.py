"""Takes out of a built layer what no function ever uses. Run by the Makefile beside it: `prune.py SITE`."""

import re
import shutil
import sys
from pathlib import Path

SERVICES = ("dynamodb", "kms", "pinpoint-sms-voice-v2", "secretsmanager", "sesv2", "sns", "sqs")
"""The AWS services that our code speaks to. botocore brings the descriptions of four hundred others."""

METADATA_NEEDED = ("aws_lambda_powertools", "email_validator", "pydantic")
"""Packages whose version is asked for while they run."""


def prune(site: Path) -> None:
    unused = [*_other_services(site / "botocore" / "data"), *_other_services(site / "boto3" / "data")]
    unused += [folder for folder in site.rglob("tests") if folder.is_dir()]
    unused += [folder for folder in site.glob("*.dist-info") if not folder.name.startswith(METADATA_NEEDED)]
    unused += [site / "boto3" / "examples", site / "bin", *site.rglob("__pycache__")]
    for path in unused:
        shutil.rmtree(path, ignore_errors=True)


def _other_services(data: Path) -> list[Path]:
    return [
        folder for folder in data.iterdir() if folder.is_dir() and not re.fullmatch("|".join(SERVICES), folder.name)
    ]


if __name__ == "__main__":
    prune(Path(sys.argv[1]))
