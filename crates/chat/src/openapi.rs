//! The OpenAPI document, made from the command table and the wire types.

use crate::commands::{Command, Who, table};
use crate::events::{BumpEvent, Op};
use crate::presence::PresenceEvent;
use crate::sync::{CaughtEvent, ChunkEvent, DoneEvent, GapEvent, ResyncEvent};
use crate::typing::TypingEvent;
use schemars::SchemaGenerator;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What a field given as text (in a path or a query) has to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    Integer,
    Boolean,
    /// Several values, each given as a repetition of the field or separated by commas.
    List,
    Object,
}

/// A generator whose definitions stand where OpenAPI wants them. What is sent leaves out what is empty or false; what
/// is taken has its own rules.
fn generator(contract: Contract) -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12().with(|settings| settings.contract = contract.clone());
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    settings.into_generator()
}

/// The fields of a command's input, by name.
pub fn fields(command: &Command) -> BTreeMap<String, FieldKind> {
    let mut generator = generator(Contract::Deserialize);
    let input = resolve(&(command.input)(&mut generator).to_value(), generator.definitions());
    let definitions = generator.definitions().clone();
    let properties = input["properties"].as_object().cloned().unwrap_or_default();
    properties.into_iter().map(|(name, schema)| (name, kind(&schema, &definitions))).collect()
}

fn kind(schema: &Value, definitions: &Map<String, Value>) -> FieldKind {
    let schema = resolve(schema, definitions);
    if let Some(choices) = schema["anyOf"].as_array() {
        let real = choices.iter().find(|choice| choice["type"] != "null");
        return real.map_or(FieldKind::Text, |choice| kind(choice, definitions));
    }
    let is = |name: &str| match &schema["type"] {
        Value::String(one) => one == name,
        Value::Array(several) => several.iter().any(|one| one == name),
        _ => false,
    };
    match () {
        () if is("integer") => FieldKind::Integer,
        () if is("boolean") => FieldKind::Boolean,
        () if is("array") => FieldKind::List,
        () if is("object") => FieldKind::Object,
        () => FieldKind::Text,
    }
}

fn resolve(schema: &Value, definitions: &Map<String, Value>) -> Value {
    let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    name.and_then(|name| definitions.get(name)).unwrap_or(schema).clone()
}

/// The document for this version.
pub fn document() -> Value {
    let mut taken = generator(Contract::Deserialize);
    let mut generator = generator(Contract::Serialize);
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let commands = table();
    for command in &commands {
        let input = (command.input)(&mut taken).to_value();
        let output = (command.output)(&mut generator).to_value();
        let input = resolve(&input, taken.definitions());
        for (number, route) in command.routes.iter().enumerate() {
            let mut operation = operation(command, route.method, route.path, &input, &output);
            if number > 0 {
                operation["operationId"] = format!("{}.{}", command.name, number + 1).into();
            }
            paths.entry(route.path).or_default().insert(route.method.to_lowercase(), operation);
        }
    }
    let events = json!({
        "op": generator.subschema_for::<Op>(),
        "chunk": generator.subschema_for::<ChunkEvent>(),
        "bump": generator.subschema_for::<BumpEvent>(),
        "gap": generator.subschema_for::<GapEvent>(),
        "caught": generator.subschema_for::<CaughtEvent>(),
        "done": generator.subschema_for::<DoneEvent>(),
        "resync": generator.subschema_for::<ResyncEvent>(),
        "typing": generator.subschema_for::<TypingEvent>(),
        "presence": generator.subschema_for::<PresenceEvent>(),
    });
    let mut schemas = taken.take_definitions(true);
    schemas.extend(generator.take_definitions(true));
    schemas.insert("Problem".into(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Parlour",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every command is also a Socket.IO event of the name given as x-command; x-events are the events that the server pushes.",
        },
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "parlour"},
            },
        },
        "x-events": events,
    })
}

fn operation(command: &Command, method: &str, path: &str, input: &Value, output: &Value) -> Value {
    let properties = input["properties"].as_object().cloned().unwrap_or_default();
    let required = |name: &str| input["required"].as_array().is_some_and(|names| names.iter().any(|one| one == name));
    let in_path = |name: &str| path.contains(&format!("{{{name}}}"));
    let in_body = !matches!(method, "GET" | "DELETE");
    let parameters: Vec<_> = properties
        .iter()
        .filter(|(name, _)| in_path(name) || !in_body)
        .map(|(name, schema)| {
            let place = if in_path(name) { "path" } else { "query" };
            let needed = place == "path" || required(name);
            json!({"name": name, "in": place, "required": needed, "schema": schema, "description": schema["description"].as_str().unwrap_or_default()})
        })
        .collect();
    let tag = command.name.split('.').next().unwrap_or(command.name);
    let mut operation = json!({
        "operationId": command.name,
        "x-command": command.name,
        "tags": [tag],
        "summary": command.summary,
        "description": format!("At most {} times in {} s.", command.allowance.times, command.allowance.seconds),
        "parameters": parameters,
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": output}}},
            "default": {"description": "Refused; see docs/PROTOCOL.md, Errors.", "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}},
        },
        "security": if command.who == Who::Anyone { json!([]) } else { json!([{"token": []}, {"cookie": []}]) },
    });
    if in_body {
        let mut body = input.clone();
        if let Some(fields) = body["properties"].as_object_mut() {
            fields.retain(|name, _| !in_path(name));
        }
        if let Some(names) = body["required"].as_array_mut() {
            names.retain(|name| !name.as_str().is_some_and(in_path));
        }
        operation["requestBody"] = json!({"content": {"application/json": {"schema": body}}});
    }
    operation
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457 problem details; further fields say what is meant.",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string"},
            "message": {"type": "string"},
        },
        "required": ["type", "title", "status", "code", "message"],
    })
}
