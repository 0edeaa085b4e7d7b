"""A JupyterHub as hubs in the field are configured for the exchange, without a proxy and without notebooks."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from jupyterhub.proxy import Proxy
from jupyterhub.spawner import Spawner
from oauthenticator.generic import GenericOAuthenticator


class NoProxy(Proxy):
    """The test talks to the hub itself."""

    should_start = False

    async def add_route(self, routespec, target, data):
        pass

    async def delete_route(self, routespec):
        pass

    async def get_all_routes(self):
        return {}


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class NoSpawner(Spawner):
    """Instead of a notebook server something that answers; what a notebook would know is left in a file."""

    async def start(self):
        with open(os.environ["HUB_DIR"] + "/notebook.json", "w") as file:
            json.dump(self.get_env(), file)
        server = HTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return ("127.0.0.1", server.server_port)

    async def stop(self, now=False):
        pass

    async def poll(self):
        return 0


class ExchangeAuthenticator(GenericOAuthenticator):
    """Groups of the hub are the organizations of the person, by id."""

    async def update_auth_model(self, auth_model):
        state = auth_model["auth_state"]
        organizations = await self.httpfetch(
            os.environ["JHE_URL"] + "/api/v1/users/organizations",
            headers={"Authorization": f"Bearer {state['access_token']}"},
            label="organizations",
        )
        state["organizations"] = [str(one["id"]) for one in organizations]
        return auth_model


url = os.environ["JHE_URL"]
port = os.environ["HUB_PORT"]
c = get_config()  # noqa: F821
c.JupyterHub.bind_url = f"http://localhost:{port}"
c.JupyterHub.hub_bind_url = f"http://localhost:{port}"
c.JupyterHub.proxy_class = NoProxy
c.JupyterHub.spawner_class = NoSpawner
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret_file = os.environ["HUB_DIR"] + "/cookie_secret"
c.JupyterHub.log_level = "WARN"
c.JupyterHub.services = [{"name": "test", "api_token": os.environ["HUB_API_TOKEN"]}]
c.JupyterHub.load_roles = [
    {
        "name": "test",
        "scopes": ["admin:users", "admin:auth_state", "groups", "servers"],
        "services": ["test"],
    },
    # A notebook server may ask for its own person's token.
    {"name": "user", "scopes": ["self", "admin:auth_state!user"]},
]
c.Spawner.server_token_scopes = [
    "users:activity!user",
    "access:servers!server",
    "read:users!user",
    "admin:auth_state!user",
]
# After a second, a request of a signed-in browser asks the exchange whether the token is still good.
c.Authenticator.auth_refresh_age = 1

c.JupyterHub.authenticator_class = ExchangeAuthenticator
c.GenericOAuthenticator.client_id = os.environ["HUB_CLIENT_ID"]
c.GenericOAuthenticator.oauth_callback_url = f"http://localhost:{port}/hub/oauth_callback"
c.GenericOAuthenticator.authorize_url = f"{url}/o/authorize/"
c.GenericOAuthenticator.token_url = f"{url}/o/token/"
c.GenericOAuthenticator.userdata_url = f"{url}/api/v1/users/profile"
c.GenericOAuthenticator.scope = ["openid"]
c.GenericOAuthenticator.username_claim = "email"
c.GenericOAuthenticator.login_service = "JupyterHealth Exchange"
c.GenericOAuthenticator.enable_auth_state = True
c.GenericOAuthenticator.manage_groups = True
c.GenericOAuthenticator.auth_state_groups_key = "organizations"
c.GenericOAuthenticator.allowed_groups = set(json.loads(os.environ["HUB_GROUPS"]))
