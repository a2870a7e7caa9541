"""Checks of the stack itself: its state, and whether its alarms wake anybody."""

from collections.abc import Iterator

from furtka import guard, stacks
from furtka.doctor.findings import Finding, fault, ok, warning
from furtka.doctor.patient import Patient

STACK, GUARD, ALARMS = "stack", "stack policy", "alarms"
WHOLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
PENDING = "PendingConfirmation"


def look_at_stack(patient: Patient) -> Iterator[Finding]:
    """What CloudFormation says of the stack."""
    if patient.stack is None:
        return
    name, status = patient.stack.name, patient.stack.status
    if status in WHOLE and stacks.OWN_OUTPUT not in patient.stack.outputs:
        yield fault(
            STACK,
            str(stacks.not_ours(name, patient.region, status)),
            "--stack takes the name that make deploy was given",
        )
    elif status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        yield ok(STACK, f"{name} is {status}")
    elif status.endswith("_IN_PROGRESS"):
        yield warning(STACK, f"{name} is {status}: what follows is of a moment in between", "wait, and look again")
    elif status == "UPDATE_ROLLBACK_COMPLETE":
        do = f"aws cloudformation describe-stack-events --stack-name {name} says why"
        yield warning(STACK, f"the last deployment of {name} failed, and the one before it runs", do)
    else:
        yield fault(STACK, f"{name} is {status}", 'docs/deploy.md, "When a deployment fails"')


def look_at_guard(patient: Patient) -> Iterator[Finding]:
    """The stack policy, which refuses a deployment that would go on with an empty table."""
    if patient.stack is None:
        return
    told = patient.ask("cloudformation", "get_stack_policy", StackName=patient.stack.name)
    if guard.is_whole(told.get("StackPolicyBody", "")):
        yield ok(GUARD, "the stack policy refuses whatever would replace a table, a key or a secret that is kept")
    else:
        means = "no stack policy refuses a deployment that would replace a table by an empty one"
        yield warning(GUARD, means, f"make deploy STACK={patient.stack.name} sets it")


def look_at_alarms(patient: Patient) -> Iterator[Finding]:
    """Who is told when an alarm fires. AWS asks an address first, and tells it nothing before it has confirmed."""
    if patient.stack is None or not (topic := patient.stack.resources.get("AlarmTopic")):
        return
    told = patient.listed("sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic)
    waiting = [one for one in told if one["SubscriptionArn"] == PENDING]
    subscribe = f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint …"
    if not told:
        yield fault(
            ALARMS, "nobody is told when an alarm fires", f"make deploy PARAMETERS=AlarmEmail=…, or {subscribe}"
        )
    elif len(waiting) == len(told):
        yield fault(
            ALARMS, "nobody has confirmed to be told of alarms", f"the link in AWS's e-mail, or again {subscribe}"
        )
    elif waiting:
        yield warning(ALARMS, f"{len(waiting)} of {len(told)} have not confirmed", "the link in AWS's e-mail to them")
    else:
        yield ok(ALARMS, f"{len(told)} are told when an alarm fires")
