//! Nothing is left out: every table and column of the schema is copied, its key first.

use super::tables::TABLES;
use crate::sqlite::migrations;
use rusqlite::Connection;

#[test]
fn every_column_of_every_table_is_copied() {
    let mut db = Connection::open_in_memory().unwrap();
    migrations::run(&mut db).unwrap();
    let mut tables =
        db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'migrations'").unwrap();
    let names: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    for name in &names {
        let table = TABLES.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("{name} is left out"));
        let mut columns = db.prepare("SELECT name, pk FROM pragma_table_info(?1)").unwrap();
        let found: Vec<(String, usize)> =
            columns.query_map([name], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap();
        let mut there: Vec<&str> = found.iter().map(|(column, _)| column.as_str()).collect();
        let mut copied = table.columns.clone();
        there.sort_unstable();
        copied.sort_unstable();
        assert_eq!(copied, there, "{name}");
        let mut keys: Vec<&(String, usize)> = found.iter().filter(|(_, at)| *at > 0).collect();
        keys.sort_by_key(|(_, at)| *at);
        let keys: Vec<&str> = keys.into_iter().map(|(column, _)| column.as_str()).collect();
        assert_eq!(table.columns[..table.keys], keys, "{name}");
    }
    assert_eq!(names.len(), TABLES.len());
}
