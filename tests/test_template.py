"""template.yaml against the code: the same routes, rights only to what is there, nothing left unprotected."""

import json
import re
from typing import Any

import pytest

from shared.delivery import carrier_events
from shared.http import app, not_offered
from shared.http.route_rules import BASE, is_smsapi
from tests.support.template import ROOT, resources, statements, template
from tests.support.transform import transformed
from tests.support.world import HANDLERS

FUNCTIONS = resources("AWS::Serverless::Function")
TABLES = resources("AWS::DynamoDB::Table")
OF_ACCOUNTS = {
    *("LoginsTable", "UsersTable", "AccountsTable", "AddressListsTable", "PasswordsTable", "RemindersTable"),
    *("WalletsTable", "SenderNamesTable", "ContactsTable", "GroupsTable"),
}
KEPT = sorted(OF_ACCOUNTS | {"FactorsTable", "ActivityTable", "ShipmentsTable"})


WHATEVER_ELSE = {"/", "/{proxy+}"}
"""The paths of the gate that match where no other does."""


def _paths(function: str) -> set[str]:
    events = FUNCTIONS[function].get("Events", {}).values()
    return {event["Properties"]["Path"] for event in events if event["Type"] == "Api"}


def _statements(function: str) -> list[dict[str, Any]]:
    return statements(function)


@pytest.mark.parametrize("function", HANDLERS)
def test_the_gate_leads_to_the_routes_that_the_code_has(function: str):
    offered = {path for path in _paths(function) if not_offered.family_of(path) is None} - WHATEVER_ELSE
    assert {path for path in offered if not _is_below_api(path)} == {route.path for route in HANDLERS[function].routes}


@pytest.mark.parametrize("function", HANDLERS)
def test_the_gate_leads_to_the_routes_of_smsapi_below_api_too(function: str):
    """The nearest path counts, so that the function of messages gets what no other has."""
    gates = {path: name for name in HANDLERS for path in _paths(name) if _is_below_api(path)}
    for route in HANDLERS[function].routes:
        if is_smsapi(route.path):
            asked = BASE + re.sub("{.*?}", "x", route.path)
            nearest = max(
                (gate for gate in gates if _leads(gate, asked)), key=lambda gate: len(gate.removesuffix("{proxy+}"))
            )
            assert gates[nearest] == function


def _is_below_api(path: str) -> bool:
    return path.startswith(f"{BASE}/")


def _leads(gate: str, path: str) -> bool:
    return gate == path or (gate.endswith("/{proxy+}") and path.startswith(gate.removesuffix("{proxy+}")))


def test_the_gate_leads_to_whatever_is_not_offered_so_that_it_says_so():
    below = {f"{family}/{{proxy+}}" for family in not_offered.FAMILIES if not family.endswith(".do")}
    assert {path for path in _paths("MessagesFunction") if not_offered.family_of(path)} == {
        *not_offered.FAMILIES,
        *below,
    }


def test_whatever_path_does_not_exist_is_answered_by_a_function_without_any_right():
    assert {name for name in FUNCTIONS if WHATEVER_ELSE & _paths(name)} == {"UnknownPathsFunction"}
    assert _paths("UnknownPathsFunction") == WHATEVER_ELSE
    assert _statements("UnknownPathsFunction") == []


def test_the_whole_api_is_at_the_root_of_its_domain_and_below_api():
    mappings = resources("AWS::ApiGateway::BasePathMapping")
    assert sorted(one.get("BasePath", "") for one in mappings.values()) == ["", BASE.removeprefix("/")]
    assert {json.dumps(one["DomainName"]) for one in mappings.values()} == {'{"Ref": "ApiDomain"}'}


def test_every_function_with_a_path_is_known_here():
    assert {name for name in FUNCTIONS if _paths(name)} == set(HANDLERS)


@pytest.mark.parametrize("function", HANDLERS)
def test_every_path_takes_any_method_so_that_a_wrong_one_is_answered_by_us(function: str):
    events = FUNCTIONS[function]["Events"].values()
    assert {event["Properties"]["Method"] for event in events} == {"any"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_names_single_actions_on_single_resources(function: str):
    for statement in _statements(function):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action]
        if statement.get("Resource", "*") == "*":
            assert actions in (["sns:Publish"], ["sms-voice:SendTextMessage"])


def test_each_carrier_brings_its_own_right_to_send_and_no_other():
    policies = transformed()["Resources"]["NotifyFunctionRole"]["Properties"]["Policies"]
    by_carrier = {
        one["Fn::If"][0]: {
            (statement["Action"], json.dumps(statement.get("Condition")))
            for statement in one["Fn::If"][1]["PolicyDocument"]["Statement"]
        }
        for one in policies
        if "Fn::If" in one
    }
    through_sns = json.dumps({"StringEquals": {"aws:CalledViaLast": "sns.amazonaws.com"}})
    assert by_carrier == {
        "SmsBySns": {("sns:Publish", "null"), ("sms-voice:SendTextMessage", through_sns)},
        "SmsByVoice": {("sms-voice:SendTextMessage", "null")},
        "SmsBySmsapi": {("secretsmanager:GetSecretValue", "null")},
    }
    always = json.dumps([one for one in policies if "Fn::If" not in one])
    assert not [right for right in ("sns:Publish", "sms-voice:", "SmsapiToken") if right in always]


def test_each_e_mail_names_a_set_that_its_sender_has_a_right_to():
    """A default set of the identity would be used for an e-mail without one, and SES then asks for a right to that."""
    (sending,) = (one for one in _statements("NotifyFunction") if one["Action"] == "ses:SendEmail")
    assert [one["Fn::Sub"].rpartition(":")[2] for one in sending["Resource"]] == [
        "identity/*",
        "configuration-set/${MailSet}",
    ]
    assert FUNCTIONS["NotifyFunction"]["Environment"]["Variables"]["MAIL_CONFIGURATION_SET"] == {"Ref": "MailSet"}


def test_only_ses_and_the_sms_service_of_this_account_tell_what_became_of_messages():
    (topic,) = resources("AWS::SNS::TopicPolicy").values()
    mail, by_condition = topic["PolicyDocument"]["Statement"]
    condition, sms, otherwise = by_condition["Fn::If"]
    assert (condition, otherwise) == ("SmsByVoice", {"Ref": "AWS::NoValue"})
    assert [one["Principal"]["Service"] for one in (mail, sms)] == ["ses.amazonaws.com", "sms-voice.amazonaws.com"]
    for one in (mail, sms):
        assert one["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
    (queue,) = resources("AWS::SQS::QueuePolicy").values()
    (filling,) = queue["PolicyDocument"]["Statement"]
    assert filling["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "DeliveryEventsTopic"}}}


def test_the_function_that_reads_what_others_wrote_can_send_nothing():
    granted = json.dumps(_statements("DeliveryEventsFunction"))
    assert not [one for one in ("ses:", "sns:", "sms-voice:", "secretsmanager:", "kms:") if one in granted]
    assert {table for table in TABLES if table in granted} == {"UsersTable", "ShipmentsTable"}


def test_a_complaint_does_not_keep_warnings_from_the_mailboxs_owner():
    (mail_set,) = resources("AWS::SES::ConfigurationSet").values()
    assert mail_set["SuppressionOptions"]["SuppressedReasons"] == ["BOUNCE"]


def test_every_state_of_an_sms_that_we_know_is_asked_for():
    (sms_set,) = resources("AWS::SMSVOICE::ConfigurationSet").values()
    (destination,) = sms_set["EventDestinations"]
    assert set(destination["MatchingEventTypes"]) == {*carrier_events.STATES, "TEXT_UNKNOWN"}


def test_the_function_that_checks_codes_cannot_change_a_password():
    granted = json.dumps(_statements("VerifyCodeFunction"))
    assert not [table for table in ("LoginsTable", "PasswordsTable", "WalletsTable") if table in granted]


def test_the_function_that_spends_points_on_codes_opens_no_session_and_reads_no_factor():
    granted = json.dumps(_statements("SmsAuthenticatorFunction"))
    assert not [name for name in ("SessionsTable", "FactorsTable", "FactorsKey", "ChallengesTable") if name in granted]


def test_the_function_that_speaks_to_people_reads_no_login_no_session_and_no_link():
    """A challenge's row does not tell its id, without which its code opens nothing."""
    granted = json.dumps(_statements("NotifyFunction"))
    in_its_reach = {
        "UsersTable",
        "AccountsTable",
        "ActivityTable",
        "ChallengesTable",
        "LinksTable",
        "ShipmentsTable",
        "StrikesTable",
        "CarriersTable",
        "DeliveriesTable",
        "BudgetsTable",
        "GroupsTable",
        "SenderNamesTable",
        "TokensTable",
        "WalletsTable",
    }
    assert {table for table in TABLES if table in granted} == in_its_reach
    of_links = [one for one in _statements("NotifyFunction") if "LinksTable" in json.dumps(one)]
    assert [one["Action"] for one in of_links] == ["dynamodb:PutItem"]


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_encrypted_with_our_key_and_can_be_restored(table: str):
    properties = TABLES[table]
    assert properties["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": ["Key", "Arn"]}
    assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize("table", sorted(set(TABLES) - OF_ACCOUNTS))
def test_every_row_that_is_not_an_account_is_forgotten_in_time(table: str):
    assert TABLES[table]["TimeToLiveSpecification"]["Enabled"] is True


@pytest.mark.parametrize("table", KEPT)
def test_accounts_survive_a_stack_that_is_deleted_by_mistake(table: str):
    assert TABLES[table]["DeletionProtectionEnabled"] is True
    assert template()["Resources"][table]["DeletionPolicy"] == "Retain"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_log_is_kept_for_a_stated_time(function: str):
    log = FUNCTIONS[function]["LoggingConfig"]["LogGroup"]["Ref"]
    assert resources("AWS::Logs::LogGroup")[log]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_the_gateways_own_answers_are_as_safe_as_ours():
    responses = resources("AWS::Serverless::Api")["Api"]["GatewayResponses"]
    for response in responses.values():
        said = response["ResponseParameters"]["Headers"]
        assert {name: said[name].strip("'") for name in app.SAFE_HEADERS} == app.SAFE_HEADERS
        body = json.loads(response["ResponseTemplates"]["application/json"])
        assert set(body) == {"error", "message"}


def test_the_keys_are_generated_as_they_ever_were():
    """CloudFormation writes a new secret where this text changes: every token would be void, every count forgotten."""
    for name, text in {
        "SealingKeys": {"SecretStringTemplate": "{}", "GenerateStringKey": "1"},
        "NamingKey": {},
    }.items():
        generated = resources("AWS::SecretsManager::Secret")[name]["GenerateSecretString"]
        assert generated == {**text, "PasswordLength": 64, "ExcludePunctuation": True}
        kept = template()["Resources"][name]
        assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_no_secrets_value_is_handed_over_in_an_environment():
    assert "{{resolve:" not in (ROOT / "template.yaml").read_text()
