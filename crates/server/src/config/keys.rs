//! The keys that there are, with their comments and defaults: for checking what is given, and for the example file.

use super::Config;
use serde_json::Value;

/// What a key's value has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// One of these texts.
    Choice(Vec<String>),
    Integer,
    Boolean,
    List,
}

impl Kind {
    pub(super) fn fits(&self, value: &toml::Value) -> bool {
        match self {
            Self::Text => value.is_str(),
            Self::Choice(names) => value.as_str().is_some_and(|text| names.iter().any(|name| name == text)),
            Self::Integer => value.as_integer().is_some_and(|number| number >= 0),
            Self::Boolean => value.is_bool(),
            Self::List => value.as_array().is_some_and(|items| items.iter().all(toml::Value::is_str)),
        }
    }

    pub(super) fn expected(&self) -> String {
        match self {
            Self::Text => "a text in quotes".into(),
            Self::Choice(names) => format!("“{}”", names.join("” or “")),
            Self::Integer => "a whole number, not negative".into(),
            Self::Boolean => "true or false".into(),
            Self::List => "a list of texts".into(),
        }
    }
}

/// A key of a section.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) section: String,
    pub(super) name: String,
    pub(super) kind: Kind,
    comment: String,
}

impl Key {
    /// `PARLOUR_SECTION_KEY`.
    pub(super) fn variable(&self) -> String {
        format!("PARLOUR_{}_{}", self.section, self.name).to_uppercase()
    }
}

/// All keys.
pub(super) fn all() -> Vec<Key> {
    let schema = schemars::schema_for!(Config).to_value();
    let mut keys = Vec::new();
    for (section, schema) in schema["properties"].as_object().into_iter().flatten() {
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            keys.push(Key {
                section: section.clone(),
                name: name.clone(),
                kind: kind(schema),
                comment: comment(schema),
            });
        }
    }
    keys
}

fn kind(schema: &Value) -> Kind {
    if let Some(names) = schema["enum"].as_array() {
        return Kind::Choice(names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect());
    }
    match schema["type"].as_str() {
        Some("integer") => Kind::Integer,
        Some("boolean") => Kind::Boolean,
        Some("array") => Kind::List,
        _ => Kind::Text,
    }
}

fn comment(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().replace('\n', " ")
}

/// A configuration file with every key, its comment and its default.
pub fn example() -> String {
    let (keys, schema) = (all(), schemars::schema_for!(Config).to_value());
    let defaults = toml::to_string(&Config::default()).unwrap_or_default();
    let mut text = String::from(
        "# Configuration of Parlour with the default of every key. Each can also be given in the environment as\n\
         # PARLOUR_SECTION_KEY (lists with commas), and the most used ones on the command line.\n",
    );
    let mut section = String::new();
    for line in defaults.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.to_owned();
            text += &format!("\n# {}\n{line}\n", comment(&schema["properties"][name]));
        } else if let Some((name, _)) = line.split_once(" = ") {
            let comment = keys.iter().find(|key| key.section == section && key.name == name).map(|key| &key.comment);
            text += &format!("\n{}# {line}\n", wrapped(comment.map_or("", String::as_str)));
        }
    }
    text
}

/// A comment in lines of at most 110 letters.
fn wrapped(comment: &str) -> String {
    let mut lines = vec![String::new()];
    for word in comment.split_whitespace() {
        if lines.last().is_some_and(|line| line.len() + word.len() > 110) {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.iter().map(|line| format!("#{line}\n")).collect()
}

/// The known name that is nearest to `name`, if one is near.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|other| (distance(name, other), other)).min()?;
    (near.0 <= 1 + near.1.chars().count() / 3).then_some(near.1)
}

/// How many letters have to be put in, left out or changed (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = line + 1;
        for (column, against) in other.iter().enumerate() {
            let changed = corner + usize::from(letter != *against);
            corner = row[column + 1];
            row[column + 1] = changed.min(corner + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}
