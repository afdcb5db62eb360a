//! How values that SQLite has no type for stand in its columns.

use crate::UserId;
use crate::accounts::Standing;
use crate::members::Role;
use crate::messages::MessageKind;
use crate::rooms::{History, RoomKind};
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

macro_rules! by_code {
    ($($kind:ident),*) => {$(
        impl FromSql for $kind {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let code = value.as_i64()?;
                $kind::from_code(code).ok_or(FromSqlError::OutOfRange(code))
            }
        }

        impl ToSql for $kind {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.code()))
            }
        }
    )*};
}

by_code!(Standing, Role, MessageKind, RoomKind, History);

/// User ids in one text column, separated by spaces (an id has none).
pub(crate) fn join_ids(ids: &[UserId]) -> String {
    ids.join(" ")
}

/// What [`join_ids`] wrote.
pub(crate) fn split_ids(text: &str) -> Vec<UserId> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}
