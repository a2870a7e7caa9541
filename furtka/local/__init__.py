"""Furtka whole on one machine: API Gateway, Lambda, DynamoDB, SQS and their neighbours in one command."""
