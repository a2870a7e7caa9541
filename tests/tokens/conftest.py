"""The OAuth client that the endpoints of OAuth are asked by, too."""

from tests.oauth.conftest import client as client
