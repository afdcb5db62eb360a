//! The commands and their fields, as the server's own OpenAPI document tells them.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tests::contract::Route;
use tests::rest::Rest;
use tests::{Outcome, check, fail};

/// Where REST has a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    Path,
    Query,
    Body,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Text,
    Number,
    Flag,
    List,
    Map,
}

/// One field of a command's input.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// The values that a text can have, if it is not free.
    pub(super) choices: Vec<String>,
    pub(super) required: bool,
    pub(super) place: Place,
}

/// One command.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) name: String,
    pub(super) routes: Vec<Route>,
    pub(super) fields: Vec<Field>,
}

/// Reads `GET /api/openapi.json`.
pub(super) async fn specs(rest: &Rest) -> Outcome<Vec<Spec>> {
    let (status, text) = rest.get("/api/openapi.json").await?;
    check!(status == 200, "GET /api/openapi.json answers {status}");
    let document: Value = serde_json::from_str(&text)?;
    let mut specs: BTreeMap<String, Spec> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    let Some(paths) = document["paths"].as_object() else { fail!("openapi.json has no paths") };
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            // The operation's id carries a number where a command has several routes.
            let name = operation["x-command"].as_str().or(operation["operationId"].as_str());
            let Some(name) = name else { fail!("{method} {path} names no command") };
            let id = operation["operationId"].as_str().unwrap_or_default();
            check!(ids.insert(id.to_string()), "the operationId {id:?} is there twice");
            let path = path.strip_prefix("/api/v1").unwrap_or(path);
            let route = Route { method: method.to_uppercase(), path: path.to_string() };
            let fields = fields(&document, operation)?;
            let spec = specs.entry(name.to_string());
            let spec = spec.or_insert_with(|| Spec { name: name.to_string(), routes: Vec::new(), fields: Vec::new() });
            spec.routes.push(route);
            for field in fields {
                match spec.fields.iter_mut().find(|known| known.name == field.name) {
                    // Where one route has it in the path, that route is taken whenever it is given.
                    Some(known) if field.place == Place::Path => {
                        (known.place, known.required) = (Place::Path, spec.routes.len() == 1);
                    }
                    Some(_) => {}
                    None => spec.fields.push(field),
                }
            }
        }
    }
    check!(!specs.is_empty(), "openapi.json lists no command");
    Ok(specs.into_values().collect())
}

fn fields(document: &Value, operation: &Value) -> Outcome<Vec<Field>> {
    let mut fields = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let Some(name) = parameter["name"].as_str() else { fail!("a parameter without a name: {parameter}") };
        let place = if parameter["in"] == "path" { Place::Path } else { Place::Query };
        fields.push(field(document, name, &parameter["schema"], parameter["required"] == true, place)?);
    }
    let body = resolved(document, &operation["requestBody"]["content"]["application/json"]["schema"]);
    for (name, schema) in body["properties"].as_object().into_iter().flatten() {
        let required = body["required"].as_array().is_some_and(|list| list.iter().any(|one| one == name));
        fields.push(field(document, name, schema, required, Place::Body)?);
    }
    Ok(fields)
}

fn field(document: &Value, name: &str, schema: &Value, required: bool, place: Place) -> Outcome<Field> {
    let schema = resolved(document, schema);
    let kind = match type_of(schema) {
        Some("string") => Kind::Text,
        Some("integer" | "number") => Kind::Number,
        Some("boolean") => Kind::Flag,
        Some("array") => Kind::List,
        Some("object") => Kind::Map,
        other => fail!("the field {name} has no type that is known here: {other:?} in {schema}"),
    };
    let choices = schema["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .chain(schema["oneOf"].as_array().into_iter().flatten().map(|one| &one["const"]));
    let choices = choices.filter_map(Value::as_str).map(str::to_string).collect();
    Ok(Field { name: name.into(), kind, choices, required, place })
}

/// The one type beside `null`.
fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ => schema["oneOf"].as_array().and_then(|list| list.first()).and_then(type_of),
    }
}

/// Follows references, and goes past `anyOf: [something, null]`.
fn resolved<'a>(document: &'a Value, mut schema: &'a Value) -> &'a Value {
    for _ in 0..10 {
        if let Some(reference) = schema["$ref"].as_str() {
            schema = document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
        } else if let Some(choices) = schema["anyOf"].as_array() {
            schema = choices.iter().find(|one| one["type"] != "null").unwrap_or(&Value::Null);
        } else if let Some([only]) = schema["allOf"].as_array().map(Vec::as_slice) {
            schema = only;
        } else {
            break;
        }
    }
    schema
}
