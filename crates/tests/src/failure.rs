//! What a test reports when something is not as it should be: one sentence.

use std::fmt;

/// A sentence for the person who reads the report. Every error can become one, so that `?` works everywhere.
pub struct Failure(pub String);

/// The result of everything here that can fail.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// The same failure with the words `context` before it.
    pub fn during(self, context: impl fmt::Display) -> Failure {
        Failure(format!("{context}: {}", self.0))
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        let mut sentence = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            sentence = format!("{sentence}: {inner}");
            cause = inner.source();
        }
        Failure(sentence)
    }
}

/// Returns from the function with a `Failure` made of a format string.
#[macro_export]
macro_rules! fail {
    ($($words:tt)*) => { return Err($crate::Failure(format!($($words)*))) };
}

/// Fails with a `Failure` unless the condition holds.
#[macro_export]
macro_rules! check {
    ($condition:expr, $($words:tt)*) => { if !$condition { $crate::fail!($($words)*) } };
}
