"""The local stack: API Gateway, Lambda, DynamoDB, SQS and other AWS services emulated on one machine."""
