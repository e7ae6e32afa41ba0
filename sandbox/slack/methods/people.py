"""Who the app is, who people are, and where its socket is: auth.test, users.info, usergroups.users.list, bots.info,
apps.connections.open, openid.connect.token and openid.connect.userInfo; how an app comes and goes: oauth.v2.access,
auth.revoke and apps.uninstall."""

from sandbox.slack.cast import APP, BOT, BOT_ID, BOT_NAME, GROUPS, TEAM, TEAM_NAME
from sandbox.slack.methods.method import Call, Method, World
from sandbox.slack.refusal import Refused
from sandbox.slack.wire import Json, text


def auth_test(_world: World, call: Call) -> Json:
    """Whose token this is."""
    return {
        "url": f"{call.base_url}/",
        "team": TEAM_NAME,
        "user": BOT_NAME.lower(),
        "team_id": TEAM,
        "user_id": BOT,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def connections_open(world: World, call: Call) -> Json:
    """A one-off address for a Socket Mode connection."""
    return {"url": f"{call.base_url.replace('http', 'ws', 1)}/link/{world.mint_ticket()}"}


def users_info(world: World, call: Call) -> Json:
    """One person, with the flags a guard looks at; the locale when it is asked for."""
    call.required("user")
    person = world.workspace.person(text(call.args, "user"))
    wanted = text(call.args, "include_locale") in ("1", "true", "True")
    return {"user": person.as_json() | ({"locale": person.locale} if wanted else {})}


def bots_info(_world: World, call: Call) -> Json:
    """The app's own bot."""
    if text(call.args, "bot", BOT_ID) != BOT_ID:
        raise Refused("bot_not_found")
    return {"bot": {"id": BOT_ID, "app_id": APP, "user_id": BOT, "name": BOT_NAME, "deleted": False}}


def group_members(_world: World, call: Call) -> Json:
    """Who is in a user group."""
    call.required("usergroup")
    group = text(call.args, "usergroup")
    if group not in GROUPS:
        raise Refused("no_such_subteam")
    return {"users": list(GROUPS[group])}


def openid_token(world: World, call: Call) -> Json:
    """Who came back with a code, when somebody signs in elsewhere with this workspace."""
    return world.openid.token(call.args)


def openid_user_info(world: World, call: Call) -> Json:
    """Whose token this is."""
    return world.openid.user_info(call.token.secret)


def oauth_access(world: World, call: Call) -> Json:
    """What a yes to installing the app is worth, or a refresh token."""
    return world.oauth.access(call.args)


def auth_revoke(world: World, call: Call) -> Json:
    """The app gives its token back."""
    call.token.trouble = "token_revoked"
    world.leave("tokens_revoked", {"tokens": {"oauth": [], "bot": [BOT]}})
    return {"revoked": True}


def apps_uninstall(world: World, call: Call) -> Json:
    """The app leaves the workspace."""
    world.oauth.check(call.args)
    call.token.trouble = "account_inactive"
    world.leave("app_uninstalled", {})
    return {}


METHODS = {
    "auth.test": Method(auth_test),
    "apps.connections.open": Method(connections_open, "connections:write", token="app"),
    "users.info": Method(users_info, "users:read"),
    "usergroups.users.list": Method(group_members, "usergroups:read", tier=20),
    "openid.connect.token": Method(openid_token, token="none"),
    "openid.connect.userInfo": Method(openid_user_info, token="person"),
    "oauth.v2.access": Method(oauth_access, token="none"),
    "auth.revoke": Method(auth_revoke),
    "apps.uninstall": Method(apps_uninstall),
    "bots.info": Method(bots_info, "users:read", tier=50),
}
