"""All refusals. This folder has one file for each subject.

A caller sees the code of the class, or of its nearest ancestor that has one. So a subclass without a code, such as
UnknownLogin, looks like its parent. The docstrings and messages are part of the public contract. An exception that is
not a `Refusal` is a bug of ours.
"""

from shared.errors.access import *
from shared.errors.base import *
from shared.errors.codes import *
from shared.errors.contacts import *
from shared.errors.limits import *
from shared.errors.oauth import *
from shared.errors.requests import *
from shared.errors.sending import *
from shared.errors.sign_in import *
from shared.errors.state import *
from shared.errors.subusers import *
