//! The page `/api`: HTML out of the OpenAPI document.

use chat::commands::{Who, table};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

const OPENING: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Parlour: the API</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/api/style.css">
</head>
<body>
"#;

const INTRODUCTION: &str = r##"<header>
<h1>The API of this Parlour</h1>
<p>Each command can be given in two ways, with the same fields and the same answer.</p>
<p><b>REST</b>, under <code>/api/v1</code>: fields stand in the path, in the query (GET and DELETE) or in a JSON body. The
answer is the value itself, or problem details (RFC 9457) with a stable <code>code</code>.</p>
<p><b>Socket.IO</b> (version 4 of its clients), path <code>/socket.io/</code>, with <code>auth: {token}</code>: the event has the
command's name and one object with the fields, and its acknowledgement is
<code>{"ok": true, "value": …}</code> or <code>{"ok": false, "error": {"code", "message", …}}</code>.</p>
<p>To sign in, give <a href="#sessions.create">sessions.create</a>: its answer has a token for
<code>Authorization: Bearer TOKEN</code>, and a browser gets it as a cookie too. An unknown field is an error that names it.
For programs: <a href="/api/openapi.json">openapi.json</a>.</p>
</header>
"##;

/// One operation of the document.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    value: &'a Value,
}

/// The whole page.
pub(in crate::doors) fn page(document: &Value) -> String {
    let who: BTreeMap<_, _> = table().iter().map(|command| (command.name, command.who)).collect();
    let by_tag = operations(document);
    let events = object(&document["x-events"]);
    let schemas = object(&document["components"]["schemas"]);
    let mut out = String::from(OPENING);
    navigation(&mut out, &by_tag);
    out.push_str("<main>\n");
    out.push_str(INTRODUCTION);
    for (tag, commands) in &by_tag {
        put(&mut out, format_args!("<section>\n<h2>{}</h2>\n", escape(tag)));
        for (name, operations) in commands {
            command(&mut out, name, who.get(name.as_str()).copied(), operations);
        }
        out.push_str("</section>\n");
    }
    out.push_str(
        "<section id=\"events\">\n<h2>Pushed events</h2>\n<p>What the server sends over Socket.IO.</p>\n<table>\n",
    );
    for (name, schema) in &events {
        put(&mut out, format_args!("<tr><td><code>{}</code></td><td>{}</td></tr>\n", escape(name), shape(schema)));
    }
    out.push_str("</table>\n</section>\n<section id=\"values\">\n<h2>Values</h2>\n");
    schemas.iter().for_each(|(name, schema)| value(&mut out, name, schema));
    out.push_str("</section>\n</main>\n</body>\n</html>\n");
    out
}

/// By tag and by command, which may have several routes.
fn operations(document: &Value) -> BTreeMap<String, BTreeMap<String, Vec<Operation<'_>>>> {
    let mut by_tag: BTreeMap<String, BTreeMap<String, Vec<Operation>>> = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let value = &methods[method];
            let Some(name) = value["x-command"].as_str().or(value["operationId"].as_str()) else { continue };
            let tag = value["tags"][0].as_str().unwrap_or(name).to_owned();
            by_tag.entry(tag).or_default().entry(name.to_owned()).or_default().push(Operation { method, path, value });
        }
    }
    by_tag
}

fn navigation(out: &mut String, by_tag: &BTreeMap<String, BTreeMap<String, Vec<Operation<'_>>>>) {
    out.push_str("<nav aria-label=\"Commands\">\n<ul>\n");
    for name in by_tag.values().flat_map(BTreeMap::keys) {
        put(out, format_args!("<li><a href=\"#{0}\">{0}</a></li>\n", escape(name)));
    }
    out.push_str(
        "<li><a href=\"#events\">Pushed events</a></li>\n<li><a href=\"#values\">Values</a></li>\n</ul>\n</nav>\n",
    );
}

fn command(out: &mut String, name: &str, who: Option<Who>, operations: &[Operation<'_>]) {
    let Some(first) = operations.first() else { return };
    put(out, format_args!("<article id=\"{0}\">\n<h3>{0}</h3>\n", escape(name)));
    for Operation { method, path, .. } in operations {
        put(out, format_args!("<p class=\"route\"><b>{}</b> /api/v1{}</p>\n", method.to_uppercase(), escape(path)));
    }
    let (summary, limit) = (text(&first.value["summary"]), text(&first.value["description"]));
    let who = match who {
        Some(Who::Anyone) => "Without signing in.",
        Some(Who::Admin) => "The instance's administrators only.",
        Some(Who::SignedIn) | None => "Signed in.",
    };
    put(out, format_args!("<p>{} <small>{} {who}</small></p>\n", escape(summary), escape(limit)));
    let fields = fields(first.value);
    if !fields.is_empty() {
        out.push_str("<table>\n");
        fields.iter().for_each(|field| row(out, field));
        out.push_str("</table>\n");
    }
    let answer = &first.value["responses"]["200"]["content"]["application/json"]["schema"];
    put(out, format_args!("<p class=\"answer\">Answers {}</p>\n</article>\n", shape(answer)));
}

/// A field of a command or of a value.
struct Field<'a> {
    name: &'a str,
    place: &'a str,
    required: bool,
    schema: &'a Value,
}

fn fields(operation: &Value) -> Vec<Field<'_>> {
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| Field {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        required: parameter["required"] == true,
        schema: &parameter["schema"],
    });
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    parameters.chain(properties(body, "body")).collect()
}

fn properties<'a>(schema: &'a Value, place: &'a str) -> impl Iterator<Item = Field<'a>> {
    let required = move |name: &str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|required| required == name))
    };
    schema["properties"].as_object().into_iter().flatten().map(move |(name, property)| Field {
        name,
        place,
        required: required(name),
        schema: property,
    })
}

fn row(out: &mut String, field: &Field<'_>) {
    let optional = if field.required { "" } else { " <small>optional</small>" };
    put(
        out,
        format_args!(
            "<tr><td><code>{}</code>{optional}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escape(field.name),
            shape(field.schema),
            escape(field.place),
            prose(text(&field.schema["description"])),
        ),
    );
}

fn value(out: &mut String, name: &str, schema: &Value) {
    put(
        out,
        format_args!(
            "<article id=\"{0}\">\n<h3>{0}</h3>\n<p>{1}</p>\n",
            escape(name),
            prose(text(&schema["description"]))
        ),
    );
    let fields: Vec<_> = properties(schema, "").collect();
    if fields.is_empty() {
        put(out, format_args!("<p>{}</p>\n", shape(schema)));
    } else {
        out.push_str("<table>\n");
        fields.iter().for_each(|field| row(out, field));
        out.push_str("</table>\n");
        if let Some(choices) = schema["oneOf"].as_array() {
            put(out, format_args!("<p>and {}</p>\n", any_of(choices)));
        }
    }
    out.push_str("</article>\n");
}

/// A schema in a few words, with links to what it refers to.
fn shape(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return format!("<a href=\"#{0}\">{0}</a>", escape(name));
    }
    if let Some(constant) = schema.get("const") {
        return format!("<code>{}</code>", escape(&constant.to_string()));
    }
    if let Some(names) = schema["enum"].as_array() {
        let names: Vec<_> = names.iter().map(|name| format!("<code>{}</code>", escape(&name.to_string()))).collect();
        return names.join(" or ");
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        return any_of(choices);
    }
    let kind = match &schema["type"] {
        Value::String(kind) => kind.as_str(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null"),
        _ => "any value",
    };
    match (kind, schema["format"].as_str()) {
        ("array", _) => format!("list of {}", shape(&schema["items"])),
        ("object", _) if schema["properties"].is_object() => {
            let fields = properties(schema, "");
            let fields: Vec<_> =
                fields.map(|field| format!("<code>{}</code>: {}", escape(field.name), shape(field.schema))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        ("object", _) if schema["additionalProperties"].is_object() => {
            format!("map of {}", shape(&schema["additionalProperties"]))
        }
        ("string", Some(format)) => format!("string ({})", escape(format)),
        (kind, _) => escape(kind),
    }
}

fn any_of(choices: &[Value]) -> String {
    let real = choices.iter().filter(|choice| choice["type"] != "null");
    real.map(shape).collect::<Vec<_>>().join(" or ")
}

/// Text with its `code` marked.
fn prose(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        match index % 2 {
            0 => out += &escape(part),
            _ => put(&mut out, format_args!("<code>{}</code>", escape(part))),
        }
    }
    out
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(what);
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
