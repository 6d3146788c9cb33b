"""Plays the customer server of Sendbird's guide, and a client of Chatpass, and prints what both got as JSON.

The question comes on standard input: {"chatpass", "sendbird", "app_id", "api_token", "user_id", "subject", "ticket_key", "site_key"}.
"""
import base64
import hashlib
import hmac
import json
import sys
import time
import urllib.error
import urllib.request


def call(address, headers):
    """POST without a body; returns the status and the decoded answer."""
    request = urllib.request.Request(address, data=b"", headers=headers, method="POST")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def part(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def ticket(subject, key):
    """Returns what docs/identity.md calls a ticket: HS256, good for two minutes."""
    signed = part({"typ": "JWT", "alg": "HS256"}) + "." + part({"sub": subject, "exp": int(time.time()) + 120})
    return signed + "." + part(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())


def main():
    ask = json.load(sys.stdin)
    # What the guide's server does and answers, for a user that it names itself.
    status, token = call(
        "%s/v3/users/%s/token" % (ask["sendbird"], ask["user_id"]),
        {"Api-Token": ask["api_token"], "Content-Type": "application/json"},
    )
    guide = {"user_id": ask["user_id"], "access_token": token.get("token"), "expires_at": token.get("expires_at")}
    bearer = {"Authorization": "Bearer " + ticket(ask["subject"], ask["ticket_key"])}
    site = {"Authorization": "Bearer " + ask["site_key"]}
    json.dump({
        "guide": [status, guide],
        "nobody": call(ask["chatpass"] + "/login", {}),
        "member": call(ask["chatpass"] + "/login", bearer),
        "named": call(ask["chatpass"] + "/login?user_id=" + ask["subject"], site),
        "forged": call(ask["chatpass"] + "/login", {"Authorization": bearer["Authorization"][:-4] + "AAAA"}),
    }, sys.stdout)


main()
