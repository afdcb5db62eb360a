//! From JSON to a command's input, with an error that names the field.

use crate::Refusal;
use serde::de::DeserializeOwned;

/// Decodes a command's input; nothing at all stands for an empty object.
pub(super) fn decode<I: DeserializeOwned>(input: &[u8]) -> Result<I, Refusal> {
    let input = if input.iter().all(u8::is_ascii_whitespace) { b"{}" } else { input };
    if input.first().is_some_and(|byte| *byte != b'{') {
        serde_json::from_slice::<serde::de::IgnoredAny>(input)
            .map_err(|error| Refusal::InvalidJson(error.to_string()))?;
        return Err(Refusal::InvalidType { field: String::new(), expected: "an object".into() });
    }
    let mut json = serde_json::Deserializer::from_slice(input);
    let decoded = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        named(if path == "." { String::new() } else { path }, input, &error.into_inner())
    })?;
    json.end().map_err(|error| Refusal::InvalidJson(error.to_string()))?;
    Ok(decoded)
}

/// serde's messages are its only account of what was wrong; their openings are part of its documented behaviour.
fn named(path: String, input: &[u8], error: &serde_json::Error) -> Refusal {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let quoted = || text.split('`').nth(1).unwrap_or_default().to_owned();
    if !error.is_data() {
        // A number where one of several words is expected is called a mistake of syntax.
        match serde_json::from_slice::<serde::de::IgnoredAny>(input) {
            Ok(_) => Refusal::InvalidType { field: path, expected: "one of the words that it can be".into() },
            Err(_) => Refusal::InvalidJson(text.to_owned()),
        }
    } else if text.starts_with("missing field") {
        Refusal::MissingField { field: quoted() }
    } else if text.starts_with("unknown field") {
        Refusal::UnknownField { field: quoted() }
    } else if let Some((_, expected)) = text.split_once(", expected ")
        && (text.starts_with("invalid type") || text.starts_with("invalid value"))
    {
        Refusal::InvalidType { field: path, expected: expected.to_owned() }
    } else if text.starts_with("duplicate field") {
        Refusal::InvalidValue { field: quoted(), reason: "it is given twice".into() }
    } else {
        Refusal::InvalidValue { field: path, reason: text.to_owned().into() }
    }
}
