//! A command's input out of a request: path, query and body made into one JSON object.

use chat::Refusal;
use chat::openapi::FieldKind;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The fields of a command's input, by name.
pub(crate) type Kinds = BTreeMap<String, FieldKind>;

/// Fields that were given as text, in the order in which they came.
#[derive(Default)]
pub(crate) struct Given {
    fields: Vec<(String, Vec<String>)>,
}

impl Given {
    /// Takes in one field of the path or the query.
    ///
    /// # Errors
    /// The field was given before, and is no list.
    pub(crate) fn add(&mut self, kinds: &Kinds, name: &str, text: &str) -> Result<(), Refusal> {
        match self.fields.iter_mut().find(|(other, _)| other == name) {
            None => self.fields.push((name.to_owned(), vec![text.to_owned()])),
            Some((_, texts)) if kinds.get(name) == Some(&FieldKind::List) => texts.push(text.to_owned()),
            Some(_) => {
                return Err(Refusal::InvalidValue { field: name.to_owned(), reason: "it is given twice".into() });
            }
        }
        Ok(())
    }

    /// Takes in a query string (`application/x-www-form-urlencoded`).
    pub(crate) fn add_query(&mut self, kinds: &Kinds, query: &str) -> Result<(), Refusal> {
        form_urlencoded::parse(query.as_bytes()).try_for_each(|(name, text)| self.add(kinds, &name, &text))
    }

    /// The command's input: the fields spliced into the object that the body is. A body that is something else is
    /// the input itself, and a field that stands in both is there twice: decoding refuses both with their names.
    pub(crate) fn merge<'a>(&self, kinds: &Kinds, body: &'a [u8]) -> Cow<'a, [u8]> {
        let body = body.trim_ascii();
        let rest = match body.strip_prefix(b"{") {
            Some(rest) => rest.trim_ascii_start(),
            None if body.is_empty() => b"}",
            None => return body.into(),
        };
        if self.fields.is_empty() {
            return body.into();
        }
        let fields: Vec<_> = self.fields.iter().map(|(name, texts)| field(name, texts, kinds.get(name))).collect();
        let mut object = format!("{{{}", fields.join(",")).into_bytes();
        if rest != b"}" {
            object.push(b',');
        }
        object.extend_from_slice(rest);
        object.into()
    }
}

fn field(name: &str, texts: &[String], kind: Option<&FieldKind>) -> String {
    let first = texts.first().map_or("", String::as_str);
    let value = match kind {
        Some(FieldKind::Integer) => integer(first).unwrap_or_else(|| quoted(first)),
        Some(FieldKind::Boolean) if matches!(first, "true" | "false") => first.to_owned(),
        Some(FieldKind::List) => {
            let items = texts.iter().flat_map(|text| text.split(',')).filter(|item| !item.is_empty());
            format!("[{}]", items.map(quoted).collect::<Vec<_>>().join(","))
        }
        // In a query an object is its JSON.
        Some(FieldKind::Object) if serde_json::from_str::<serde_json::Map<_, _>>(first).is_ok() => first.to_owned(),
        Some(FieldKind::Boolean | FieldKind::Object | FieldKind::Text) | None => quoted(first),
    };
    format!("{}:{value}", quoted(name))
}

/// The number in JSON's notation; what is none stays text, which decoding refuses.
fn integer(text: &str) -> Option<String> {
    if let Ok(number) = text.parse::<u64>() {
        return Some(number.to_string());
    }
    text.parse::<i64>().ok().map(|number| number.to_string())
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
