//! The command table as docs/PROTOCOL.md prints it: which commands there are and where REST has them.

use crate::server::repository;
use crate::{Failure, Outcome, check};
use std::collections::BTreeMap;
use std::fs;

/// Where REST has a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    pub method: String,
    /// The path after `/api/v1`, with `{name}` for each parameter.
    pub path: String,
}

/// A command's name and its routes; the first whose parameters are all given is taken.
pub type Table = BTreeMap<String, Vec<Route>>;

/// The text of one section of docs/PROTOCOL.md.
fn section(name: &str) -> Outcome<String> {
    let text = fs::read_to_string(repository().join("docs/PROTOCOL.md"))?;
    let section = text.split(&format!("\n## {name}\n")).nth(1).and_then(|rest| rest.split("\n## ").next());
    section.map(str::to_string).ok_or_else(|| Failure(format!("docs/PROTOCOL.md has no section `{name}`")))
}

/// The codes of all errors that docs/PROTOCOL.md promises.
pub fn codes() -> Outcome<Vec<String>> {
    let section = section("Errors")?;
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let codes: Vec<String> = rows.filter_map(|row| Some(row.split_once('`')?.0.to_string())).collect();
    check!(!codes.is_empty(), "docs/PROTOCOL.md: the table of errors is empty");
    Ok(codes)
}

/// Reads the command table out of docs/PROTOCOL.md.
pub fn table() -> Outcome<Table> {
    let mut table = Table::new();
    for row in section("Commands")?.lines().filter(|line| line.starts_with("| `")) {
        // A literal bar inside a cell is written `\|`.
        let row = row.replace("\\|", "¦");
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        check!(cells.len() == 5, "docs/PROTOCOL.md: a row of the command table has not three cells: {row}");
        let routes: Vec<Route> = cells[2].split(", ").filter_map(route).collect();
        check!(!routes.is_empty(), "docs/PROTOCOL.md: `{}` has no route", cells[1]);
        table.insert(cells[1].trim_matches('`').to_string(), routes);
    }
    check!(!table.is_empty(), "docs/PROTOCOL.md: the command table is empty");
    Ok(table)
}

/// Whether the command table says that `command` takes `field`.
pub fn takes(command: &str, field: &str) -> Outcome<bool> {
    let row = section("Commands")?.lines().find(|line| line.starts_with(&format!("| `{command}`"))).map(str::to_string);
    Ok(row.is_some_and(|row| row.contains(&format!("{field}?")) || row.contains(&format!("{field},"))))
}

fn route(words: &str) -> Option<Route> {
    // What stands outside the quotation is said to the reader.
    let (method, path) = words.split('`').nth(1)?.split_once(' ')?;
    Some(Route { method: method.into(), path: path.into() })
}

impl Route {
    /// The names of the path's parameters.
    pub fn parameters(&self) -> Vec<&str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
    }
}
