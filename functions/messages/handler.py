"""The door of the guarded SMS API: sms.do, sender names, profile, prices, ping."""

from messages import not_available_door, ping_door, profile_door, sender_names_door, sms_door
from shared.http.app import new_api, serve

app = new_api()
app.include_router(sms_door.router)
app.include_router(sender_names_door.router)
app.include_router(profile_door.router)
app.include_router(ping_door.router)
app.include_router(not_available_door.router)

lambda_handler = serve(app)
