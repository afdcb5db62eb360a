//! Values as both engines have them: what parameters are made of and what columns hold.

use crate::accounts::Standing;
use crate::members::{Notify, Role};
use crate::messages::MessageKind;
use crate::rooms::{History, RoomKind};

/// A value on its way to or from an engine. Yes and no are 1 and 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Null,
    Number(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
    /// A number that no engine can hold.
    Beyond,
}

/// A value that is kept for a while.
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

    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Owned::Null => Value::Null,
            Owned::Number(number) => Value::Number(*number),
            Owned::Text(text) => Value::Text(text),
            Owned::Bytes(bytes) => Value::Bytes(bytes),
            Owned::Beyond => Value::Beyond,
        }
    }
}

/// What can be a parameter.
pub(crate) trait ToValue {
    fn to_value(&self) -> Value<'_>;
}

/// What can be read from a column. None: the column holds something else.
pub(crate) trait FromValue: Sized {
    fn from_value(value: Value<'_>) -> Option<Self>;
}

/// The parameters of a statement, ?1 first.
pub(crate) trait Params {
    fn with<R>(&self, run: impl FnOnce(&[Value<'_>]) -> R) -> R;
}

impl ToValue for i64 {
    fn to_value(&self) -> Value<'_> {
        Value::Number(*self)
    }
}

impl FromValue for i64 {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }
}

macro_rules! numbers {
    ($($number:ident),*) => {$(
        impl ToValue for $number {
            fn to_value(&self) -> Value<'_> {
                i64::try_from(*self).map_or(Value::Beyond, Value::Number)
            }
        }

        impl FromValue for $number {
            fn from_value(value: Value<'_>) -> Option<Self> {
                i64::from_value(value)?.try_into().ok()
            }
        }
    )*};
}

numbers!(u64, u32, usize);

impl ToValue for bool {
    fn to_value(&self) -> Value<'_> {
        Value::Number(i64::from(*self))
    }
}

impl FromValue for bool {
    fn from_value(value: Value<'_>) -> Option<Self> {
        Some(i64::from_value(value)? != 0)
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl FromValue for String {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl<const N: usize> ToValue for [u8; N] {
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

macro_rules! by_code {
    ($($kind:ident),*) => {$(
        impl ToValue for $kind {
            fn to_value(&self) -> Value<'_> {
                Value::Number(i64::from(self.code()))
            }
        }

        impl FromValue for $kind {
            fn from_value(value: Value<'_>) -> Option<Self> {
                $kind::from_code(i64::from_value(value)?)
            }
        }
    )*};
}

by_code!(Standing, Role, Notify, MessageKind, RoomKind, History);

impl Params for () {
    fn with<R>(&self, run: impl FnOnce(&[Value<'_>]) -> R) -> R {
        run(&[])
    }
}

impl<T: ToValue, const N: usize> Params for [T; N] {
    fn with<R>(&self, run: impl FnOnce(&[Value<'_>]) -> R) -> R {
        run(&std::array::from_fn::<_, N, _>(|at| self[at].to_value()))
    }
}

impl Params for &[Value<'_>] {
    fn with<R>(&self, run: impl FnOnce(&[Value<'_>]) -> R) -> R {
        run(self)
    }
}

macro_rules! tuples {
    ($(($($kind:ident $at:tt)+))*) => {$(
        impl<$($kind: ToValue),+> Params for ($($kind,)+) {
            fn with<R>(&self, run: impl FnOnce(&[Value<'_>]) -> R) -> R {
                run(&[$(self.$at.to_value()),+])
            }
        }
    )*};
}

tuples! {
    (A 0 B 1)
    (A 0 B 1 C 2)
    (A 0 B 1 C 2 D 3)
    (A 0 B 1 C 2 D 3 E 4)
    (A 0 B 1 C 2 D 3 E 4 F 5)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12)
}
