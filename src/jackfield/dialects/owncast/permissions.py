"""Every permission of an Owncast plugin, as the operator reads it (owncast spec 2.1)."""

from __future__ import annotations

from collections.abc import Mapping

from jackfield.plugins.dialect import PermissionInfo

PERMISSIONS: Mapping[str, PermissionInfo] = {
    "auth.gate": PermissionInfo("Decide who may open the page and watch", "high"),
    "chat.filter": PermissionInfo(
        "Read, change or stop chat messages before they appear", "medium"
    ),
    "chat.history": PermissionInfo("Read past messages and see who is connected"),
    "chat.moderate": PermissionInfo("Hide messages and disconnect chatters", "medium"),
    "chat.send": PermissionInfo("Write into the chat"),
    "events.emit": PermissionInfo("Send events to other plugins"),
    "fediverse.inbound": PermissionInfo("Hear what arrives from the fediverse"),
    "fediverse.post": PermissionInfo("Post to the fediverse in the server's name", "high"),
    "http.serve": PermissionInfo("Serve its own web pages"),
    "http.sse": PermissionInfo("Push live updates to its own web pages"),
    "network.fetch": PermissionInfo("Send requests to these servers on the internet", "high"),
    "notifications.send": PermissionInfo("Notify by Discord, browser push or fediverse", "high"),
    "server.read": PermissionInfo("Read the stream's and the server's public state"),
    "storage.fs": PermissionInfo("Keep files of its own"),
    "storage.kv": PermissionInfo("Keep small values of its own"),
    "storage.sql": PermissionInfo("Keep a database of its own"),
    "storage.upload": PermissionInfo("Publish files that viewers can download", "medium"),
    "ui.modify": PermissionInfo(
        "Add buttons, tabs, styles and scripts to the viewer's page", "high"
    ),
    "users.moderate": PermissionInfo("Ban accounts and addresses", "high"),
    "users.read": PermissionInfo("Read the accounts of chatters"),
    "users.register": PermissionInfo("Make accounts and give them rights", "high"),
    "videoconfig.read": PermissionInfo("Read the video settings"),
    "videoconfig.write": PermissionInfo("Change the video settings", "high"),
}
