"""What a notebook does with the public jupyterhealth-client; prints what it saw as JSON. JHE_URL and JHE_TOKEN say where."""

import json
import sys

from jupyterhealth_client import Code, JupyterHealthClient

patient_id, study_id = int(sys.argv[1]), int(sys.argv[2])
client = JupyterHealthClient()

user = client.get_user()
patients = list(client.list_patients())
studies = list(client.list_studies())
organizations = list(client.list_organizations())
consents = client.get_patient_consents(patient_id)
sources = list(client.list_data_sources())

# As the tutorials do: every organization's parent is looked up, up to the root with id 0.
by_id = {org["id"]: org for org in organizations}
paths = []
for org in organizations:
    path = [org["name"]]
    while org["partOf"] is not None:
        org = by_id[org["partOf"]]
        path.insert(0, org["name"])
    paths.append(path)

glucose = client.list_observations_df(patient_id=patient_id, code=Code.BLOOD_GLUCOSE, limit=100_000)
of_study = client.list_observations_df(study_id=study_id, code=Code.BLOOD_GLUCOSE, limit=100_000)
sleep = client.list_observations_df(patient_id=patient_id, code="omh:sleep-episode:1.1")

print(
    json.dumps(
        {
            "email": user["email"],
            "patients": [p["id"] for p in patients],
            "identifiers": [p["identifiers"] for p in patients],
            "patient": client.get_patient(patient_id)["nameFamily"],
            "studies": [s["id"] for s in studies],
            "study": client.get_study(study_id)["organization"]["name"],
            "root": by_id[0]["name"],
            "paths": paths,
            "consented": sorted(c["codingCode"] for c in consents["consolidatedConsentedScopes"]),
            "pending": len(consents["studiesPendingConsent"]),
            "sources": len(sources),
            "glucose_rows": len(glucose),
            "glucose_study_rows": len(of_study),
            "glucose_numbers": int(glucose["blood_glucose_value"].astype(float).between(20, 600).sum()),
            "glucose_units": sorted(glucose["blood_glucose_unit"].unique()),
            "glucose_patients": sorted(glucose["subject_reference"].unique()),
            "glucose_ids": int(glucose["id"].nunique()) if "id" in glucose else None,
            "hours": sorted({int(t.hour) for t in glucose["effective_time_frame_date_time_local"]}),
            "sleep_rows": len(sleep),
        }
    )
)
