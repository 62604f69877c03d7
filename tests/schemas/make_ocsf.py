"""Compiles the JSON Schema of OCSF's Data Security Finding from a checkout of ocsf/ocsf-schema (without profiles):

    python3 make_ocsf.py CHECKOUT > ocsf-1.6.0-data_security_finding.json

Objects that phinder never writes are left open, so that the schema stays short.
"""
import json
import pathlib
import sys

ROOT = pathlib.Path(sys.argv[1])
CLOSED = {"metadata", "product", "finding_info", "data_security", "classifier_details", "discovery_details",
          "occurrence_details", "policy", "databucket", "file", "database", "table", "resource_details"}
TYPES = {"integer_t": "integer", "long_t": "integer", "timestamp_t": "integer", "port_t": "integer",
         "float_t": "number", "boolean_t": "boolean", "json_t": None}
dictionary = json.loads((ROOT / "dictionary.json").read_text())["attributes"]
events = {e["name"]: e for p in (ROOT / "events").rglob("*.json") if (e := json.loads(p.read_text())).get("name")}
objects = {o["name"]: o for p in (ROOT / "objects").glob("*.json") if (o := json.loads(p.read_text())).get("name")}


def resolved(table, name):
    """Attributes and constraints with everything inherited; those of profiles are left out."""
    own = table[name]
    attributes, constraints = ({}, {}) if "extends" not in own else resolved(table, own["extends"])
    for key, attribute in own.get("attributes", {}).items():
        if key != "$include":
            attributes[key] = {**attributes.get(key, {}), **attribute}
    return attributes, {**constraints, **own.get("constraints", {})}


def one(name, attribute):
    entry = {**dictionary.get(name, {}), **attribute}
    kind, enum = entry.get("type", "string_t"), {**dictionary.get(name, {}).get("enum", {}), **attribute.get("enum", {})}
    if kind in objects or kind.endswith("_t") is False:
        schema = {"$ref": "#/$defs/" + kind} if kind in CLOSED else {"type": "object"}
    elif TYPES.get(kind, "string") is None:
        schema = {}
    else:
        schema = {"type": TYPES.get(kind, "string")}
        if enum:
            schema["enum"] = [int(v) if schema["type"] == "integer" else v for v in enum]
    return {"type": "array", "items": schema} if entry.get("is_array") else schema


def compiled(table, name):
    attributes, constraints = resolved(table, name)
    attributes = {k: a for k, a in attributes.items() if not a.get("profile")}
    schema = {"type": "object", "additionalProperties": False,
              "properties": {k: one(k, a) for k, a in sorted(attributes.items())},
              "required": sorted(k for k, a in attributes.items() if a.get("requirement") == "required")}
    if "at_least_one" in constraints:
        schema["anyOf"] = [{"required": [k]} for k in constraints["at_least_one"]]
    return schema


version = json.loads((ROOT / "version.json").read_text())["version"]
schema = compiled(events, "data_security_finding")
schema["properties"]["class_uid"] = {"const": 2006}
schema["properties"]["category_uid"] = {"const": 2}
schema["properties"]["type_uid"] = {"enum": [200600 + n for n in (0, 1, 2, 3, 4, 99)]}
json.dump({"$schema": "https://json-schema.org/draft/2020-12/schema",
           "title": f"OCSF {version} data_security_finding",
           "$comment": "Compiled by make_ocsf.py from github.com/ocsf/ocsf-schema, Apache-2.0",
           **schema, "$defs": {name: compiled(objects, name) for name in sorted(CLOSED)}}, sys.stdout, indent=1)
print()
