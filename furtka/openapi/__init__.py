"""The contract, docs/openapi.json: what the handlers declare, the table of who may ask, and a word on each property."""
