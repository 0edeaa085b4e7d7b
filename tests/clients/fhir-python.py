"""What fhirpy reads, and whether fhir.resources takes each answer for valid R5. FHIR_BASE and TOKEN say where."""

import json
import os
import sys

import requests
from fhir.resources import get_fhir_model_class
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import BaseFHIRError

base, token = os.environ["FHIR_BASE"], os.environ["TOKEN"]
patient = sys.argv[1]
authorization = f"Bearer {token}"
client = SyncFHIRClient(base, authorization=authorization)
readings = client.resources("Observation").search(patient=patient)


def refused(searchset):
    try:
        searchset.fetch()
    except BaseFHIRError as error:
        return json.loads(str(error))["issue"][0]["expression"]
    return None


some = readings.search(code="omh:blood-glucose:4.0").sort("-date").limit(7)
few = readings.elements("effective", "code").limit(2).fetch()
report = {
    "count": readings.count(),
    "some": len(some.fetch()),
    "first": some.first().id is not None,
    "all": len(client.resources("Patient").limit(1).fetch_all()),
    "few": sorted({key for resource in few for key in resource.keys()}),
    "unknown": refused(readings.search(value_quantity="gt180")),
    "included": refused(readings.include("Observation", "device")),
}

valid = {}


def ask(method, path, headers=None, **more):
    reply = requests.request(
        method, f"{base}/{path}", headers={"authorization": authorization, **(headers or {})}, timeout=60, **more
    )
    body = reply.json()
    name = f"{method} {path} {json.dumps(headers) if headers else ''}".strip()
    try:
        get_fhir_model_class(body["resourceType"]).model_validate(body)
        valid[name] = "valid"
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it is what the test prints
        valid[name] = str(error)
    return body


lenient = {"prefer": "handling=lenient"}
ask("GET", "metadata")
for query in ["_count=2", "_summary=count", "_count=0", "_elements=subject&_count=2", "code=nothing", "colour=blue"]:
    ask("GET", f"Observation?patient={patient}&{query}")
ask("GET", f"Observation?patient={patient}&colour=blue&_count=1", lenient)
ask("GET", "Observation/1")
ask("GET", "Observation/1", {"accept": "application/fhir+xml"})
ask("GET", "Nothing")
for kind in ["Patient", "Practitioner"]:
    found = ask("GET", f"{kind}?_count=5")
    ask("GET", f"{kind}/{found['entry'][0]['resource']['id']}")
reading = ask("GET", f"Observation?patient={patient}&code=omh:blood-glucose:4.0&_count=1")["entry"][0]["resource"]
again = {key: reading[key] for key in ["resourceType", "status", "code", "device", "valueAttachment"]}
again["code"] = {"coding": [{key: reading["code"]["coding"][0][key] for key in ["system", "code"]}]}
again["subject"] = {"reference": reading["subject"]["reference"]}
entry = [
    {"resource": again, "request": {"method": "POST", "url": "Observation"}},
    {"resource": {"resourceType": "Patient"}, "request": {"method": "POST", "url": "Patient"}},
    {"request": {"method": "GET", "url": "Patient/1"}},
]
bundle = {"resourceType": "Bundle", "type": "batch", "entry": entry}
for headers in [None, {"prefer": "return=representation"}]:
    answered = ask("POST", "", headers, json=bundle)
report["batch"] = [one["response"]["status"][:3] for one in answered["entry"]]

print(json.dumps({**report, "valid": valid}))
