"""What the toy's layer holds."""

import os
from typing import Any

import boto3
from botocore.config import Config

ONCE = Config(retries={"total_max_attempts": 1})


def remember(note: str, text: str) -> None:
    boto3.client("dynamodb").put_item(
        TableName=os.environ["NOTES_TABLE"], Item={"id": {"S": note}, "text": {"S": text}}
    )


def enqueue(text: str) -> None:
    boto3.client("sqs").send_message(QueueUrl=os.environ["WORK_QUEUE_URL"], MessageBody=text)


def send_sms(number: str, text: str) -> None:
    boto3.client("sns", config=ONCE).publish(PhoneNumber=number, Message=text)


def send_email(to: str, subject: str, text: str) -> None:
    content: Any = {"Subject": {"Data": subject}, "Body": {"Text": {"Data": text}}}
    boto3.client("sesv2").send_email(
        FromEmailAddress=os.environ["MAIL_FROM"], Destination={"ToAddresses": [to]}, Content={"Simple": content}
    )


def secret() -> str:
    return boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET"])["SecretString"]
