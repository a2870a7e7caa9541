"""The door of the SMS API: sms.do, sender names, profile, prices and ping. What is not offered comes here too."""

from messages import messages_door, ping_door, profile_door, sender_names_door, sms_door
from shared.http.app import serve
from shared.http.routing import Routes

routes = Routes()
routes.include(
    sms_door.routes,
    messages_door.routes,
    sender_names_door.routes,
    profile_door.routes,
    ping_door.routes,
)

lambda_handler = serve(routes)
