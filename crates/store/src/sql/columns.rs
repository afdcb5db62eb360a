//! The columns of a row, read by position, whichever engine found it.

use super::value::FromValue;
use super::{Failure, Value};
use crate::UserId;
use crate::postgres::wire::Raw;
use rusqlite::types::ValueRef;

/// A row that a statement found.
pub(crate) enum Columns<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Columns<'_> {
    /// What the column `at` (from 0 on) holds.
    pub(crate) fn get<T: FromValue>(&self, at: usize) -> Result<T, Failure> {
        let value = self.value(at)?;
        T::from_value(value).ok_or_else(|| unexpected(at, value))
    }

    /// A column that is never NULL, without copying it.
    pub(crate) fn text(&self, at: usize) -> Result<&str, Failure> {
        match self.value(at)? {
            Value::Text(text) => Ok(text),
            other => Err(unexpected(at, other)),
        }
    }

    /// The same of one that may be NULL.
    pub(crate) fn text_or_null(&self, at: usize) -> Result<Option<&str>, Failure> {
        match self.value(at)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other => Err(unexpected(at, other)),
        }
    }

    pub(crate) fn is_null(&self, at: usize) -> Result<bool, Failure> {
        Ok(self.value(at)? == Value::Null)
    }

    pub(crate) fn value(&self, at: usize) -> Result<Value<'_>, Failure> {
        match self {
            Columns::Sqlite(row) => match row.get_ref(at)? {
                ValueRef::Null => Ok(Value::Null),
                ValueRef::Integer(number) => Ok(Value::Number(number)),
                ValueRef::Text(text) => std::str::from_utf8(text)
                    .map(Value::Text)
                    .map_err(|_| Failure::Broken(format!("column {at} is no UTF-8"))),
                ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes)),
                ValueRef::Real(_) => Err(Failure::Broken(format!("column {at} is no whole number"))),
            },
            Columns::Postgres(row) => Ok(row.try_get::<_, Raw<'_>>(at)?.0),
        }
    }
}

fn unexpected(at: usize, value: Value<'_>) -> Failure {
    Failure::Broken(format!("column {at} holds {value:?}"))
}

/// User ids in one text column, separated by spaces (an id has none).
pub(crate) fn join_ids(ids: &[UserId]) -> String {
    ids.join(" ")
}

/// What [`join_ids`] wrote.
pub(crate) fn split_ids(text: &str) -> Vec<UserId> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}
