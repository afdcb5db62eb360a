//! Running a prepared statement of SQLite with the values and columns that both engines share.

use crate::sql::{Columns, Failure, Params, Value};
use rusqlite::Statement;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Number(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
            Value::Beyond => return Err(rusqlite::Error::ToSqlConversionFailure("a number beyond 63 bits".into())),
        }))
    }
}

fn bind(statement: &mut Statement<'_>, params: impl Params) -> Result<(), Failure> {
    params.with(|values| {
        let wanted = statement.parameter_count();
        if wanted != values.len() {
            return Err(rusqlite::Error::InvalidParameterCount(values.len(), wanted).into());
        }
        for (at, value) in values.iter().enumerate() {
            statement.raw_bind_parameter(at + 1, value)?;
        }
        Ok(())
    })
}

pub(crate) fn execute(statement: &mut Statement<'_>, params: impl Params) -> Result<usize, Failure> {
    bind(statement, params)?;
    Ok(statement.raw_execute()?)
}

pub(crate) fn first<T>(
    statement: &mut Statement<'_>,
    params: impl Params,
    read: impl FnOnce(&Columns<'_>) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    bind(statement, params)?;
    let mut rows = statement.raw_query();
    match rows.next()? {
        Some(row) => read(&Columns::Sqlite(row)).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn each(
    statement: &mut Statement<'_>,
    params: impl Params,
    mut visit: impl FnMut(&Columns<'_>) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    bind(statement, params)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        if !visit(&Columns::Sqlite(row))? {
            break;
        }
    }
    Ok(())
}
