"""The Web API methods the stand-in workspace has, by the names Slack gives them."""

from sandbox.slack.methods import chat, chat_more, conversations, files, people, views
from sandbox.slack.methods.method import Call, Method, World

METHODS: dict[str, Method] = {
    **people.METHODS,
    **chat.METHODS,
    **chat_more.METHODS,
    **conversations.METHODS,
    **views.METHODS,
    **files.METHODS,
}

__all__ = ["METHODS", "Call", "Method", "World"]
