"""What schemathesis does with a description before it plays it, with each request, and with each response.

Loaded by schemathesis, as SCHEMATHESIS_HOOKS. conformance.mjs gives the directory of the sandbox, the file for the counts and,
where all requests are to be refused, their token.
"""

import atexit
import base64
import collections
import gzip
import hashlib
import json
import os
import re
import time
import tomllib
from pathlib import Path

import jwt
import requests
import schemathesis
from schemathesis.core import NotSet
from schemathesis.core.parameters import ParameterLocation

DIRECTORY = Path(os.environ["CONFORMANCE_SITE"])
CONNECT = tomllib.loads((DIRECTORY / "config.toml").read_text(encoding="utf-8"))["connect"]

# The one account, and the one installation: with any other in a path, nothing but 404 would be seen.
KNOWN = {
    "enterprise": CONNECT["enterprise"],
    "enterprise_or_org": CONNECT["enterprise"],
    "installation_id": CONNECT["installation-id"],
    "id": "usage-1",
}

# Any request may be answered so, says https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api; the
# descriptions of most endpoints leave it out.
ANYWHERE = ("401", "403", "404")

DIGEST = re.compile(r"sha-256=:[A-Za-z0-9+/]{43}=:")

answers = collections.defaultdict(collections.Counter)


def credential(name):
    return (DIRECTORY / "credentials" / name).read_text(encoding="utf-8").strip()


def app_token():
    now = int(time.time())
    claims = {"iss": CONNECT["client-id"], "iat": now - 60, "exp": now + 540}
    return jwt.encode(claims, credential("connect-private-key"), algorithm="RS256")


def installation_token():
    url = f"{CONNECT['api-url']}app/installations/{CONNECT['installation-id']}/access_tokens"
    answer = requests.post(url, headers={"authorization": f"Bearer {app_token()}"}, timeout=10)
    return answer.json()["token"]


APP, INSTALLATION = app_token(), installation_token()
READER, SERVER = credential("connect-read-token"), credential("server-token")


def token(path):
    if "CONFORMANCE_TOKEN" in os.environ:
        return os.environ["CONFORMANCE_TOKEN"]
    if path.startswith("/app"):
        return APP
    if "/license-usage" in path:
        return INSTALLATION
    return SERVER if path.startswith("/api/v3/") else READER


@schemathesis.hook
def before_load_schema(context, raw_schema):
    components = raw_schema.get("components", {})
    operations = [it for path in raw_schema["paths"].values() for it in path.values() if "responses" in it]
    everywhere = [it for path in raw_schema["paths"].values() for it in path.get("parameters", [])]
    own = [it for operation in operations for it in operation.get("parameters", [])]
    for parameter in [*components.get("parameters", {}).values(), *everywhere, *own]:
        if parameter.get("in") == "path" and parameter["name"] in KNOWN:
            parameter["schema"] = {**parameter["schema"], "enum": [KNOWN[parameter["name"]]]}
            parameter.pop("examples", None)
    if "basic-error" not in components.get("schemas", {}):
        return
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/basic-error"}}}
    for operation in operations:
        for status in ANYWHERE:
            operation["responses"].setdefault(status, {"description": "", "content": error})


@schemathesis.hook
def before_call(context, case, kwargs):
    # A case that is changed is judged anew.
    is_wrong = case.meta.is_negative_at(ParameterLocation.BODY)
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token(case.path)}"}
    if case.method == "POST" and case.path.endswith("/license-usage") and not isinstance(case.body, (bytes, NotSet)):
        upload(case, is_wrong, kwargs)


def upload(case, is_wrong, kwargs):
    """Sends what was generated as an upload is sent. One thing that was made wrong stays wrong."""
    is_document = isinstance(case.body, dict) and isinstance(case.body.get("users"), list)
    if is_document and not is_wrong:
        add_up(case.body)
    try:
        document = json.dumps(case.body, separators=(",", ":")).encode()
    except TypeError:
        return
    packed = gzip.compress(document, mtime=0)
    case.headers.pop("Content-Length", None)
    digest = hashlib.sha256(packed).digest()
    if is_wrong or DIGEST.fullmatch(str(case.headers.get("Content-Digest"))):
        case.headers["Content-Digest"] = f"sha-256=:{base64.b64encode(digest).decode()}:"
    # The shortest key is that of most requests, and good for one document.
    if len(str(case.headers.get("Idempotency-Key", ""))) == 1:
        case.headers["Idempotency-Key"] = digest.hex()
    kwargs["data"] = packed


def add_up(document):
    """No schema says that users are sorted and that counts add up."""
    users = {user["id"]: user for user in document["users"]}
    document["users"] = [users[number] for number in sorted(users)]
    for user in document["users"]:
        for email in user["emails"][1:]:
            email["primary"] = False
    totals = document["totals"]
    totals["consumed"] = len(users)
    if "dormant" in totals:
        totals["dormant"] = min(totals["dormant"], len(users))
    apart = ("accounts", "dormant", "products")
    totals["accounts"] = sum(count for name, count in totals.items() if name not in apart)
    if "products" in totals:
        listed = [name.replace("-", "_") for user in document["users"] for name in set(user.get("products", []))]
        totals["products"] = dict(collections.Counter(listed))


@schemathesis.hook
def after_call(context, case, response):
    answers[f"{case.method} {case.path}"][response.status_code] += 1


@atexit.register
def write():
    Path(os.environ["CONFORMANCE_ANSWERS"]).write_text(json.dumps(answers), encoding="utf-8")
