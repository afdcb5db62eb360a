//! Every command with every kind of bad input: the code that comes back, by REST and by socket, stands in
//! docs/PROTOCOL.md.

mod document;
mod examples;
mod openapi;

use examples::Fixture;
use openapi::{Field, Kind, Place, Spec};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::device::Way;
use tests::{Outcome, check, contract, fail};

/// Longer than anything that people write, shorter than what a request may have.
const TOO_LONG: usize = 10_001;

/// The columns of the table.
const COLUMNS: [&str; 9] = [
    "not signed in",
    "unknown field",
    "missing field",
    "wrong type",
    "wrong value",
    "too long",
    "unknown thing",
    "not a member (public, private)",
    "not allowed",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_open_api_document_and_the_protocol_page_list_the_same_commands() -> Outcome {
    let fixture = Fixture::new().await?;
    let page = contract::table()?;
    let mut document = contract::Table::new();
    for spec in openapi::specs(&fixture.gathering.rest(0)?).await? {
        document.insert(spec.name, spec.routes);
    }
    let routes = |table: &contract::Table| -> Vec<String> {
        let mut lines = Vec::new();
        for (name, routes) in table {
            lines.extend(routes.iter().map(|route| format!("{name} {} {}", route.method, route.path)));
        }
        lines.sort();
        lines
    };
    let (shown, promised) = (routes(&document), routes(&page));
    let only =
        |one: &[String], two: &[String]| one.iter().filter(|line| !two.contains(line)).cloned().collect::<Vec<_>>();
    let (more, fewer) = (only(&shown, &promised), only(&promised, &shown));
    check!(more.is_empty() && fewer.is_empty(), "only in openapi.json: {more:?}; only in docs/PROTOCOL.md: {fewer:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_is_answered_with_the_codes_of_the_protocol_page() -> Outcome {
    let fixture = Fixture::new().await?;
    let mut rows = BTreeMap::new();
    for spec in openapi::specs(&fixture.gathering.rest(0)?).await? {
        let row = row(&fixture, &spec).await.map_err(|failure| failure.during(&spec.name))?;
        rows.insert(spec.name.clone(), row);
    }
    fixture.nothing_was_done().await?;
    document::compare(&COLUMNS, &rows)
}

async fn row(fixture: &Fixture, spec: &Spec) -> Outcome<Vec<String>> {
    let right = fixture.right(&spec.name)?;
    let mut row = vec![fixture.signed_out(spec, &right).await?];
    row.push(unknown_field(fixture, spec, &right).await?);
    row.push(missing(fixture, spec, &right).await?);
    row.push(wrong_types(fixture, spec, &right).await?);
    let (socket, both) = ([Way::Socket], [Way::Socket, Way::Rest]);
    let doubtful = spec.fields.iter().filter(|field| wrong_value(field).is_some());
    row.push(each(fixture, spec, &right, doubtful, &both, wrong_value).await?);
    let texts = spec.fields.iter().filter(|field| field.kind == Kind::Text && field.choices.is_empty());
    let long = |_: &Field| Some(json!("x".repeat(TOO_LONG)));
    row.push(each(fixture, spec, &right, texts, &both, long).await?);
    let things = spec.fields.iter().filter(|field| unknown_thing(field).is_some());
    let ways = if spec.name == "watch.set" { &socket[..] } else { &both[..] };
    row.push(each(fixture, spec, &right, things, ways, unknown_thing).await?);
    row.push(fixture.outsider(spec, &right).await?);
    row.push(fixture.not_allowed(spec, &right).await?);
    Ok(row)
}

async fn unknown_field(fixture: &Fixture, spec: &Spec, right: &Value) -> Outcome<String> {
    let mut input = right.clone();
    input["surprise"] = json!("1");
    let mut codes = Vec::new();
    for way in [Way::Socket, Way::Rest] {
        codes.push(fixture.code(spec, way, &input, Some("surprise")).await?);
    }
    Ok(joined(&codes))
}

/// By REST a field of the path cannot be missing.
async fn missing(fixture: &Fixture, spec: &Spec, right: &Value) -> Outcome<String> {
    let mut codes = BTreeMap::new();
    for field in spec.fields.iter().filter(|field| field.required && right.get(&field.name).is_some()) {
        let ways = if field.place == Place::Path { &[Way::Socket][..] } else { &[Way::Socket, Way::Rest][..] };
        let code = each(fixture, spec, right, [field].into_iter(), ways, |_| None).await?;
        codes.insert(field.name.clone(), code);
    }
    Ok(merged(codes))
}

/// By REST a text in the path or in the query is a text whatever it holds.
async fn wrong_types(fixture: &Fixture, spec: &Spec, right: &Value) -> Outcome<String> {
    let mut codes = BTreeMap::new();
    for field in &spec.fields {
        let mut ways = vec![Way::Socket];
        if field.place == Place::Body || field.kind == Kind::Number {
            ways.push(Way::Rest);
        }
        let one = [field];
        let code = each(fixture, spec, right, one.into_iter(), &ways, wrong_type).await?;
        codes.insert(field.name.clone(), code);
    }
    Ok(merged(codes))
}

/// Changes one field after the other: to `change`, or out of the input where that is none.
async fn each(
    fixture: &Fixture,
    spec: &Spec,
    right: &Value,
    fields: impl Iterator<Item = &Field>,
    ways: &[Way],
    change: impl Fn(&Field) -> Option<Value>,
) -> Outcome<String> {
    let mut codes = BTreeMap::new();
    for field in fields {
        let mut input = right.clone();
        let Some(fields) = input.as_object_mut() else { fail!("an example that is no object") };
        match change(field) {
            Some(value) => fields.insert(field.name.clone(), value),
            None => fields.remove(&field.name),
        };
        let mut found = Vec::new();
        for way in ways {
            found.push(fixture.code(spec, *way, &input, Some(&field.name)).await?);
        }
        codes.insert(field.name.clone(), joined(&found));
    }
    Ok(merged(codes))
}

fn wrong_type(field: &Field) -> Option<Value> {
    Some(match field.kind {
        Kind::Text => json!(7),
        Kind::Number => json!("seven"),
        Kind::Flag => json!("yes"),
        Kind::List | Kind::Map => json!("one"),
    })
}

fn wrong_value(field: &Field) -> Option<Value> {
    match (field.name.as_str(), field.kind) {
        ("cid", _) => Some(json!("no-uuid")),
        ("emoji", _) => Some(json!("no emoji")),
        ("time_zone", _) => Some(json!("Nowhere/Atlantis")),
        ("name" | "text" | "display_name" | "username", _) => Some(json!(" \u{0} ")),
        (_, Kind::Number) => Some(json!(-1)),
        _ if !field.choices.is_empty() => Some(json!("no-such-choice")),
        _ => None,
    }
}

fn unknown_thing(field: &Field) -> Option<Value> {
    match field.name.as_str() {
        "room" | "user" | "session" | "invitation" => Some(json!("no-such-thing")),
        "code" => Some(json!("NOSUCHCO")),
        "users" | "rooms" => Some(json!(["no-such-thing"])),
        "seq" | "reply_to" => Some(json!(1_000_000)),
        _ => None,
    }
}

/// One code, or what each way answered: first by socket, then by REST.
fn joined(codes: &[String]) -> String {
    match codes {
        [] => String::new(),
        [one] => one.clone(),
        [one, rest @ ..] if rest.iter().all(|other| other == one) => one.clone(),
        [one, two, ..] => format!("{one} (REST {two})"),
    }
}

/// One code for all fields, or each group of fields with its own.
fn merged(codes: BTreeMap<String, String>) -> String {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (field, code) in codes {
        groups.entry(code).or_default().push(field);
    }
    match groups.len() {
        0 => "–".into(),
        1 => groups.into_keys().collect(),
        _ => {
            let lines = groups.into_iter().map(|(code, fields)| format!("{}: {code}", fields.join(", ")));
            lines.collect::<Vec<_>>().join("; ")
        }
    }
}
