//! Where a configuration comes from: the file and the environment, checked key by key.

use super::keys::{Key, Kind, all, nearest};
use super::{Config, ConfigError};
use std::path::Path;
use toml::{Table, Value};

/// The file that is read if no other is named, where there is one.
pub const FILE: &str = "parlour.toml";

/// The most bytes of a configuration file.
const MOST: u64 = 1 << 20;

/// Reads the configuration: `file`, or `parlour.toml` in the current folder if there is one; then `environment`.
pub fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigError> {
    let usual = Path::new(FILE);
    let text = match file {
        Some(file) => read(file)?,
        None if usual.is_file() => read(usual)?,
        None => String::new(),
    };
    let shown = file.unwrap_or(usual).display().to_string();
    parse(&text, &shown, environment)
}

fn read(file: &Path) -> Result<String, ConfigError> {
    let failed = |why: String| ConfigError(format!("{} cannot be read: {why}.", file.display()));
    let size = std::fs::metadata(file).map_err(|error| failed(error.to_string()))?.len();
    if size > MOST {
        return Err(failed("it is larger than 1 MiB".into()));
    }
    std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))
}

/// As `load`, from the text of a file; `shown` is what to call it in errors.
pub(super) fn parse(
    text: &str,
    shown: &str,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let keys = all();
    let mut table: Table =
        text.parse().map_err(|error| ConfigError(format!("{shown} is not TOML: {}", one_line(&error))))?;
    check(&table, &keys).map_err(|why| ConfigError(format!("{shown}: {why}")))?;
    overlay(&mut table, &keys, environment)?;
    table.try_into().map_err(|error: toml::de::Error| ConfigError(format!("The configuration: {}.", error.message())))
}

fn one_line(error: &toml::de::Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn check(table: &Table, keys: &[Key]) -> Result<(), String> {
    for (section, value) in table {
        let names: Vec<&Key> = keys.iter().filter(|key| key.section == *section).collect();
        if names.is_empty() {
            return Err(unknown("section", section, keys.iter().map(|key| key.section.as_str())));
        }
        let Value::Table(values) = value else { return Err(format!("“{section}” is a section: [{section}].")) };
        for (name, value) in values {
            let shown = format!("{section}.{name}");
            let Some(key) = names.iter().find(|key| key.name == *name) else {
                let known: Vec<_> = keys.iter().map(|key| format!("{}.{}", key.section, key.name)).collect();
                return Err(unknown("key", &shown, known.iter().map(String::as_str)));
            };
            if !key.kind.fits(value) {
                return Err(format!("“{shown}” has to be {}.", key.kind.expected()));
            }
        }
    }
    Ok(())
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(near) => format!("there is no {what} “{name}”; did you mean “{near}”?"),
        None => format!("there is no {what} “{name}”; `parlour check-config --example` shows what there is."),
    }
}

/// Puts what the environment says over the file.
fn overlay(
    table: &mut Table,
    keys: &[Key],
    environment: impl Iterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    for (variable, text) in environment {
        let in_section = |key: &Key| variable.starts_with(&format!("PARLOUR_{}_", key.section.to_uppercase()));
        if !keys.iter().any(in_section) {
            continue;
        }
        let Some(key) = keys.iter().find(|key| key.variable() == variable) else {
            let known: Vec<_> = keys.iter().map(Key::variable).collect();
            return Err(ConfigError(unknown("variable", &variable, known.iter().map(String::as_str))));
        };
        let value = value(&key.kind, &text)
            .filter(|value| key.kind.fits(value))
            .ok_or_else(|| ConfigError(format!("The variable {variable} has to be {}.", key.kind.expected())))?;
        let section = table.entry(key.section.clone()).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(section) = section {
            section.insert(key.name.clone(), value);
        }
    }
    Ok(())
}

fn value(kind: &Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Text | Kind::Choice(_) => Some(Value::String(text.to_owned())),
        Kind::Integer => text.trim().parse().ok().map(Value::Integer),
        Kind::Boolean => match text.trim() {
            "true" | "on" => Some(Value::Boolean(true)),
            "false" | "off" => Some(Value::Boolean(false)),
            _ => None,
        },
        Kind::List => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Some(Value::Array(items.map(|item| Value::String(item.to_owned())).collect()))
        }
    }
}
