"""Makes a JSON Schema of a finding of AWS Security Hub (ASFF) from the service model that botocore carries (Apache-2.0),
with the limits that the user guide adds ("Required top-level ASFF attributes", "Resources"):

    python3 make_asff.py > asff-2018-10-08.json

Details of resources other than buckets and objects of S3 are left out, and refused.
"""
import json
import botocore.loaders

model = botocore.loaders.Loader().load_service_model("securityhub", "service-2")
shapes, defs = model["shapes"], {}
DETAILS = {"AwsS3Bucket", "AwsS3Object", "Other"}
KEPT_OUT = {"AwsS3BucketDetails"}


def one(name):
    shape = shapes[name]
    kind = shape["type"]
    if kind == "structure":
        if name not in defs:
            defs[name] = {}
            members = {k: m for k, m in shape["members"].items() if name != "ResourceDetails" or k in DETAILS}
            defs[name] = {"type": "object", "additionalProperties": False,
                          "properties": {k: one(m["shape"]) for k, m in members.items()},
                          "required": shape.get("required", [])} if name not in KEPT_OUT else {"type": "object"}
        return {"$ref": "#/$defs/" + name}
    if kind == "list":
        return {"type": "array", "items": one(shape["member"]["shape"])}
    if kind == "map":
        return {"type": "object", "additionalProperties": one(shape["value"]["shape"])}
    if kind in ("integer", "long"):
        return {"type": "integer"}
    if kind in ("double", "float"):
        return {"type": "number"}
    if kind == "boolean":
        return {"type": "boolean"}
    if kind == "timestamp":
        return {"type": "string"}
    return {"type": "string", **({"enum": shape["enum"]} if "enum" in shape else {}),
            **({"pattern": "\\S"} if "pattern" in shape else {})}


one("AwsSecurityFinding")
finding = defs["AwsSecurityFinding"]
text = lambda longest: {"type": "string", "minLength": 1, "maxLength": longest}
time = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$"}
finding["properties"].update({
    "SchemaVersion": {"const": "2018-10-08"}, "Id": text(512), "GeneratorId": text(512), "Title": text(256),
    "Description": text(1024), "AwsAccountId": {"type": "string", "pattern": r"^\d{12}$"},
    "ProductArn": {"type": "string", "pattern": r"^arn:aws[a-z-]*:securityhub:[a-z0-9-]+:\d{12}:product/\d{12}/default$"},
    "CreatedAt": time, "UpdatedAt": time, "FirstObservedAt": time, "LastObservedAt": time,
    "ProductFields": {"type": "object", "maxProperties": 50, "propertyNames": {"maxLength": 128},
                      "additionalProperties": {"type": "string", "maxLength": 2048}},
    "Resources": {"type": "array", "minItems": 1, "maxItems": 32, "items": {"$ref": "#/$defs/Resource"}},
})
defs["Resource"]["properties"]["Id"] = text(512)
defs["FindingProviderSeverity"]["properties"]["Original"] = text(64)
defs["FindingProviderFields"]["properties"]["Confidence"] = {"type": "integer", "minimum": 0, "maximum": 100}
defs["FindingProviderFields"]["properties"]["Types"]["maxItems"] = 50
finding["required"] = sorted({*finding["required"], "FindingProviderFields"})
used, todo = set(), ["AwsSecurityFinding"]
while todo:
    name = todo.pop()
    if name not in used:
        used.add(name)
        todo += [p.rsplit("/", 1)[1] for p in set(__import__("re").findall(r"#/\$defs/\w+", json.dumps(defs[name])))]
print(json.dumps({
    "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "ASFF 2018-10-08: what one BatchImportFindings takes",
    "$comment": "Made by make_asff.py from botocore's service model (Apache-2.0) and limits of the user guide; AWS publishes no JSON Schema.",
    "type": "array", "minItems": 1, "maxItems": 100, "items": {"$ref": "#/$defs/AwsSecurityFinding"},
    "$defs": {k: defs[k] for k in sorted(used)}}, indent=1))
