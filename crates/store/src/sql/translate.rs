//! From the dialect that both engines share to PostgreSQL's: `?1` becomes `$1`, `user` (a word of its own there) is
//! quoted, and what only tells SQLite's planner how to go about it is left out.

#[cfg(test)]
mod tests;

/// The same statement for PostgreSQL.
pub(crate) fn for_postgres(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let mut rest = sql;
    // How many words are left out after INDEXED: BY, and the index.
    let mut skip = 0;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |at| at + 2),
            '?' => 1,
            _ if first.is_ascii_alphabetic() || first == '_' => {
                rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(rest.len())
            }
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        match token {
            "?" => out.push('$'),
            "user" => out.push_str("\"user\""),
            "instr" => out.push_str("strpos"),
            // A cross join keeps SQLite from changing the order; PostgreSQL has no condition after one.
            "CROSS" => {}
            "INDEXED" => skip = 2,
            word if skip > 0 && word.starts_with(|letter: char| letter.is_ascii_alphabetic()) => skip -= 1,
            other => out.push_str(other),
        }
    }
    out
}
