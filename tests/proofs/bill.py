"""What a month costs: what is there whatever happens, counted in the template, and what sign-ins add."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.alarms import Alarm
from tests.support.template import template

type Parameters = Mapping[str, str]

AS_OF = "December 2025"

PRICES: dict[str, float] = {
    "key": 1.00,
    "secret": 0.40,
    "alarm": 0.10,
    "metric": 0.30,
    "dashboard": 3.00,
    "firewall": 5.00,
    "rule": 1.00,
    "log": 0.63,
    "kept log": 0.0324,
    "trace": 5.00,
    "poll": 0.40,
}
"""Dollars a month for each: a log for a gigabyte written, and kept; traces and polls by the million."""

OWN_METRICS = 70
"""At most: docs/runbooks.md counts them."""

METRICS_OF_A_METHOD = 5
MINUTES = 30 * 24 * 60
POLLS = 5 * 3 * MINUTES
"""Requests a month by which Lambda asks one queue: five at a time, each waiting for 20 seconds."""

LOG_BYTES = 1500
"""What is taken for one invocation: Lambda's three lines, ours, and our metrics."""

KEPT_FOR = 12
"""Months; LogRetentionDays of the template."""

FREE_TRACES = 100_000
TRACED_ABOVE = 0.05
"""Lambda traces the first invocation of each second, and this part of the others."""

USED = 20
"""Requests with the session that are taken for each sign-in."""

ALL_ON = {"Waf": "on", "Canary": "on", "MethodMetrics": "on", "GradualDeployment": "true", "TrustedProxy": "cloudfront"}
"""What may be switched on and costs something by itself."""

SIGN_INS = (0, 10_000, 1_000_000)

FREE_OF_COGNITO = 10_000
"""Users a month that Essentials has for nothing."""


@dataclass(frozen=True)
class Fixed:
    """One line of what is there whatever happens."""

    what: str
    number: float
    dollars: float


def fixed(parameters: Parameters, canary_run: float, minute: float) -> list[Fixed]:
    """Return what stands in the bill of a month without a request.

    *canary_run* is what one run of the canary costs, *minute* what the schedules of one minute do if nothing is due.
    """
    made = _Stack(parameters)
    alarms = made.named("AWS::CloudWatch::Alarm")
    read = sum(len(Alarm.named(name).metrics) for name in alarms)
    queues = sum(made.count_events("SQS", name) for name in made.named("AWS::Serverless::Function"))
    runs = MINUTES / 5 if made.named("AWS::Serverless::Function").get("CanaryFunction") else 0
    rules = sum(len(one["Properties"]["Rules"]) for one in made.named("AWS::WAFv2::WebACL").values())
    methods = made.paths if made.is_true("HasMethodMetrics") else 0
    return [
        _each("keys (KMS)", len(made.named("AWS::KMS::Key")), "key"),
        _each("secrets", len(made.named("AWS::SecretsManager::Secret")), "secret"),
        _each("metrics that alarms read", read, "alarm"),
        _each(
            "dashboards; three of an AWS account are free", len(made.named("AWS::CloudWatch::Dashboard")), "dashboard"
        ),
        _each("own metrics, at most; in hours in which they are printed", OWN_METRICS, "metric"),
        _each("metrics of each method of the API (`MethodMetrics`)", methods * METRICS_OF_A_METHOD, "metric"),
        _each("firewalls (`Waf`)", len(made.named("AWS::WAFv2::WebACL")), "firewall"),
        _each("rules of the firewall", rules, "rule"),
        Fixed("requests by which Lambda asks the queues", queues * POLLS, queues * POLLS / 1e6 * PRICES["poll"]),
        Fixed("minutes in which the schedules find nothing due", MINUTES, MINUTES * minute),
        Fixed("runs of the canary (`Canary`)", runs, runs * canary_run),
    ]


def _each(what: str, number: float, price: str) -> Fixed:
    return Fixed(what, number, number * PRICES[price])


def of_sign_ins(number: int, sign_in: float, use: float) -> tuple[float, float]:
    """Return what so many sign-ins cost, and what their logs and traces do. *sign_in* and *use* are dollars each."""
    invocations = number * (3 + USED)
    gigabytes = invocations * LOG_BYTES / 1e9
    traced = min(invocations, MINUTES * 60) + TRACED_ABOVE * max(0, invocations - MINUTES * 60)
    watched = gigabytes * (PRICES["log"] + KEPT_FOR * PRICES["kept log"])
    watched += max(0, traced - FREE_TRACES) / 1e6 * PRICES["trace"]
    return number * (sign_in + USED * use), watched


def cognito(users: int) -> float:
    """Return the price of Essentials, without SMS."""
    return max(0, users - FREE_OF_COGNITO) * 0.015


def twilio(users: int) -> float:
    """Return the price of Verify, without SMS: codes alone, no passwords and no sessions."""
    return users * 0.05


def auth0(users: int) -> str:
    """Return what Auth0's page says of B2C Essentials, the first plan with a second factor."""
    if users == 0:
        return "35"
    return "35 for 500 users; more by its slider" if users <= SIGN_INS[1] else "by contract"


def text(sign_in: float, use: float, canary_run: float, minute: float) -> str:
    """Return the section of the page. All are dollars each, as of `of_sign_ins` and `fixed`."""
    plain, all_on = fixed({}, canary_run, minute), fixed(ALL_ON, canary_run, minute)
    return TEXT.format(
        fixed="\n".join(_line(*pair) for pair in zip(plain, all_on, strict=True)),
        plain=_sum(plain),
        all_on=_sum(all_on),
        switches=", ".join(f"`{name}`" for name in ALL_ON),
        rows="\n".join(_row(number, _sum(plain), _sum(all_on), sign_in, use) for number in SIGN_INS),
        used=USED,
        log_bytes=LOG_BYTES,
        kept_for=KEPT_FOR,
    )


def _line(plain: Fixed, all_on: Fixed) -> str:
    return f"| {plain.what} | {plain.number:,.0f} | {plain.dollars:.2f} | {all_on.number:,.0f} | {all_on.dollars:.2f} |"


def _row(number: int, plain: float, all_on: float, sign_in: float, use: float) -> str:
    requests, seen = of_sign_ins(number, sign_in, use)
    sums = [f"**{standing + requests + seen:,.0f}**" for standing in (plain, all_on)]
    others = [f"{cognito(number):,.0f}", auth0(number), f"{twilio(number):,.0f}"]
    return f"| {' | '.join((f'{number:,}', f'{requests:,.2f}', f'{seen:,.2f}', *sums, *others))} |"


def _sum(lines: list[Fixed]) -> float:
    return sum(one.dollars for one in lines)


class _Stack:
    """The template with parameters: which resources there are."""

    def __init__(self, parameters: Parameters) -> None:
        declared = template()["Parameters"]
        self._values = {name: str(about.get("Default", "")) for name, about in declared.items()} | dict(parameters)

    def named(self, kind: str) -> dict[str, Any]:
        """Return the resources of a type, by logical name."""
        return {
            name: resource
            for name, resource in template()["Resources"].items()
            if resource["Type"] == kind and ("Condition" not in resource or self.is_true(resource["Condition"]))
        }

    def count_events(self, kind: str, function: str) -> int:
        events = template()["Resources"][function]["Properties"].get("Events", {})
        return sum(event["Type"] == kind for event in events.values())

    @property
    def paths(self) -> int:
        return sum(self.count_events("Api", name) for name in self.named("AWS::Serverless::Function"))

    def is_true(self, condition: str) -> bool:
        return bool(self._value(template()["Conditions"][condition]))

    def _value(self, expression: Any) -> Any:
        match expression:
            case {"Fn::Equals": [one, other]}:
                return str(self._value(one)) == str(self._value(other))
            case {"Fn::Not": [one]}:
                return not self._value(one)
            case {"Fn::And": several} | {"Fn::Or": several}:
                return (all if "Fn::And" in expression else any)(map(self._value, several))
            case {"Condition": name}:
                return self.is_true(name)
        return self._values[expression["Ref"]] if isinstance(expression, dict) else expression


TEXT = """\
## A month

What is there whatever happens, counted in the template: with its defaults, and with {switches} on. Of these the
metrics of each method cost most, and nothing in the template reads them.

| what | default | $ | all on | $ |
|---|---|---|---|---|
{fixed}
| all | | **{plain:.2f}** | | **{all_on:.2f}** |

What sign-ins add, each from a known device with a code by SMS and {used} requests with the session; each by another
user, which is how the others count. Without the SMS themselves, which cost about the same everywhere. Logs and traces
are taken for {log_bytes} bytes an invocation, kept for {kept_for} months, and one trace a second and five in a
hundred of the rest.

| sign-ins | requests | logs, traces | **default** | **all on** | Cognito | Auth0 | Twilio Verify |
|---|---|---|---|---|---|---|---|
{rows}

Dollars a month, what is there whatever happens included. What the others charge, at list price, for so many users or
verifications:

- **Amazon Cognito**, Essentials: $0.015 for each monthly user above 10,000; with threat protection (Plus) $0.02 from
  the first (aws.amazon.com/cognito/pricing, as recorded on 20 September 2026). SMS come on top.
- **Auth0**, B2C Essentials, the first plan with a second factor: from $35 for up to 500 monthly users; Free has
  25,000, without one (auth0.com/pricing, as recorded on 20 September 2026). What more users cost its page tells by a
  slider, so it is not in our table. SMS need a provider of one's own.
- **Twilio Verify**: $0.05 for each successful verification, and the SMS (twilio.com/en-us/verify/pricing, as recorded
  on 3 October 2026). It checks codes; passwords, sessions, tokens and accounts are somebody else's.

They differ in what one gets. Cognito and Auth0 know neither API tokens with IP lists and rate limits, nor sub-users
with points, nor the SMS API that this is for; Furtka is operated by whoever deploys it, and nobody's time is in this
table.
"""
