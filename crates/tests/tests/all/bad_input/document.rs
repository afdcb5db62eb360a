//! The table of codes in docs/PROTOCOL.md.

use std::collections::BTreeMap;
use std::fs;
use tests::server::repository;
use tests::{Failure, Outcome, check};

const START: &str = "<!-- bad-input:start -->";
const END: &str = "<!-- bad-input:end -->";

/// Compares `rows` with the page; with `PARLOUR_WRITE_TABLE=1` writes them there instead.
pub(super) fn compare(columns: &[&str], rows: &BTreeMap<String, Vec<String>>) -> Outcome {
    let path = repository().join("docs/PROTOCOL.md");
    let page = fs::read_to_string(&path)?;
    let table = render(columns, rows);
    if std::env::var_os("PARLOUR_WRITE_TABLE").is_some() {
        fs::write(&path, with_table(&page, &table))?;
        return Ok(());
    }
    let after = page.split_once(START).map(|(_, after)| after);
    let there = after.and_then(|after| after.split_once(END)).map(|(there, _)| there.trim());
    let there = there.ok_or_else(|| Failure(format!("docs/PROTOCOL.md has no {START} and {END}")))?;
    let lines = |text: &str| text.lines().map(str::to_string).collect::<Vec<_>>();
    let (written, found) = (lines(there), lines(table.trim()));
    let differ: Vec<String> = found.iter().filter(|line| !written.contains(line)).cloned().collect();
    check!(
        written == found,
        "docs/PROTOCOL.md says otherwise (PARLOUR_WRITE_TABLE=1 writes what was found):\n{}",
        differ.join("\n")
    );
    Ok(())
}

fn render(columns: &[&str], rows: &BTreeMap<String, Vec<String>>) -> String {
    let mut lines =
        vec![format!("| command | {} |", columns.join(" | ")), format!("|{}", " --- |".repeat(columns.len() + 1))];
    for (name, row) in rows {
        lines.push(format!("| `{name}` | {} |", row.join(" | ")));
    }
    lines.join("\n")
}

fn with_table(page: &str, table: &str) -> String {
    match (page.split_once(START), page.split_once(END)) {
        (Some((before, _)), Some((_, after))) => format!("{before}{START}\n{table}\n{END}{after}"),
        _ => format!(
            "{}\n\n## Bad input\n\nWhat each command answers to bad input, by Socket.IO and by REST alike unless it says \
             otherwise; `ok` means that it is not bad. A test asks for all of it and compares.\n\n{START}\n{table}\n{END}\n",
            page.trim_end()
        ),
    }
}
