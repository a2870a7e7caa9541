"""The refusals, gathered from the files of this folder, which has one for each subject.

A stranger sees only a refusal's nearest ancestor with a code of its own. An exception that is no `Refusal` is a mistake
of ours.
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
