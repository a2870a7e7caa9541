"""Every kind of request there is, by its name: the route, and after a colon what is special about it."""

from tests.proofs import list_flows, session_flows, token_flows

FLOWS = {**session_flows.FLOWS, **list_flows.FLOWS, **token_flows.FLOWS}
