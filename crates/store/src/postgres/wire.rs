//! Values on their way to and from PostgreSQL, in its binary form. Columns are BIGINT, TEXT or BYTEA; what a statement
//! computes may be a boolean or a smaller number.

use crate::sql::Value;
use bytes::BytesMut;
use std::error::Error;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

type Boxed = Box<dyn Error + Sync + Send>;

/// A column as it came.
pub(crate) struct Raw<'a>(pub(crate) Value<'a>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        Ok(Raw(match *kind {
            Type::INT8 => Value::Number(i64::from_sql(kind, raw)?),
            Type::INT4 => Value::Number(i32::from_sql(kind, raw)?.into()),
            Type::BOOL => Value::Number(bool::from_sql(kind, raw)?.into()),
            Type::BYTEA => Value::Bytes(raw),
            _ => Value::Text(std::str::from_utf8(raw)?),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Boxed> {
        Ok(Raw(Value::Null))
    }

    fn accepts(kind: &Type) -> bool {
        is_known(kind)
    }
}

fn is_known(kind: &Type) -> bool {
    [Type::INT8, Type::INT4, Type::BOOL, Type::BYTEA, Type::TEXT, Type::VARCHAR].contains(kind)
}

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        match (self, kind) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Number(number), &Type::INT8) => number.to_sql(kind, out),
            (Value::Text(text), &Type::TEXT | &Type::VARCHAR) if text.contains('\0') => {
                Err("a text with a NUL character, which PostgreSQL cannot hold".into())
            }
            (Value::Text(text), &Type::TEXT | &Type::VARCHAR) => text.to_sql(kind, out),
            (Value::Bytes(bytes), &Type::BYTEA) => bytes.to_sql(kind, out),
            (Value::Beyond, _) => Err("a number beyond 63 bits".into()),
            _ => Err(format!("{self:?} where a value of {kind} is wanted").into()),
        }
    }

    fn accepts(kind: &Type) -> bool {
        is_known(kind)
    }

    to_sql_checked!();
}

/// A value that is kept until it is sent.
#[derive(Debug)]
pub(crate) enum Owned {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
    Beyond,
}

impl Owned {
    pub(crate) fn of(value: &Value<'_>) -> Owned {
        match value {
            Value::Null => Owned::Null,
            Value::Number(number) => Owned::Number(*number),
            Value::Text(text) => Owned::Text((*text).to_owned()),
            Value::Bytes(bytes) => Owned::Bytes(bytes.to_vec()),
            Value::Beyond => Owned::Beyond,
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Owned::Null => Value::Null,
            Owned::Number(number) => Value::Number(*number),
            Owned::Text(text) => Value::Text(text),
            Owned::Bytes(bytes) => Value::Bytes(bytes),
            Owned::Beyond => Value::Beyond,
        }
    }
}

impl ToSql for Owned {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        self.value().to_sql(kind, out)
    }

    fn accepts(kind: &Type) -> bool {
        is_known(kind)
    }

    to_sql_checked!();
}
