"""Every kind of request there is, by its name: the route, and after a colon what is special about it."""

from tests.proofs import (
    contacts_flows,
    list_flows,
    messages_flows,
    mfa_flows,
    session_flows,
    subuser_flows,
    token_flows,
)

FLOWS = {
    **session_flows.FLOWS,
    **list_flows.FLOWS,
    **token_flows.FLOWS,
    **mfa_flows.FLOWS,
    **messages_flows.FLOWS,
    **subuser_flows.FLOWS,
    **contacts_flows.FLOWS,
}
