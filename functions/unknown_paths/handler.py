"""The door of every path that does not exist, so that it is answered in our words, whatever headers are sent to it.

API Gateway's own answer depends on them: an Authorization header that it does not understand there is a 403.
"""

from shared.http.app import serve
from shared.http.routing import Routes

routes = Routes()

lambda_handler = serve(routes)
