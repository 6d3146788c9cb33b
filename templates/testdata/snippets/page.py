"""Renders a template with the real Django. Standard input: {"text", "vars", "nonce"}; standard output: the page."""
import json
import sys
import types

import django
from django.conf import settings
from django.template import Context, Engine

given = json.load(sys.stdin)
# The settings under which Django writes numbers as people of a country do.
settings.configure(USE_L10N=True, USE_THOUSAND_SEPARATOR=True, LANGUAGE_CODE="en-us")
django.setup()
names = {"member": given["vars"], "request": types.SimpleNamespace(csp_nonce=given["nonce"])}
sys.stdout.write(Engine(string_if_invalid="INVALID").from_string(given["text"]).render(Context(names)))
