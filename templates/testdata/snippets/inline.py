"""Renders the inline widget with the real Django.

Standard input: {"file": the snippet, "text": what stands in the template, "user", "nonce", "key", "times", "bare": without the
middleware}; standard output: {"pages", "headers", "seconds"}.
"""
import json
import os
import sys
import time
import types

import django
from django.conf import settings
from django.http import HttpResponse
from django.template import Engine, RequestContext
from django.test import RequestFactory

given = json.load(sys.stdin)
settings.configure(USE_L10N=True, USE_THOUSAND_SEPARATOR=True, CHATPASS_SITE_KEY=given["key"], ALLOWED_HOSTS=["testserver"])
django.setup()
sys.path.insert(0, os.path.dirname(given["file"]))
import chatpass  # noqa: E402

template = Engine(libraries={"chatpass": "chatpass"}, string_if_invalid="INVALID").from_string(given["text"])
pages = []


def view(request):
    for _ in range(given["times"]):
        pages.append(template.render(RequestContext(request, {"request": request})))
    return HttpResponse("")


request = RequestFactory().get("/")
request.user = types.SimpleNamespace(is_authenticated=given["user"] is not None, pk=given["user"])
request.csp_nonce = given["nonce"]
begin = time.monotonic()
response = view(request) if given["bare"] else chatpass.no_store(view)(request)
headers = ["%s: %s" % pair for pair in response.items() if pair[0] != "Content-Type"]
json.dump({"pages": pages, "headers": headers, "seconds": time.monotonic() - begin}, sys.stdout)
