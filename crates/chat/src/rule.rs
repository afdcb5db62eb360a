//! Rules that what people type can break, each with a stable name, so that clients say it in the reader's language.

use std::borrow::Cow;
use std::fmt;

/// The fewest characters of a password.
pub(crate) const PASSWORD: usize = 8;
/// The most characters of a user name.
pub(crate) const USERNAME: usize = 32;

/// A rule, as `rule` names it (docs/PROTOCOL.md, Errors).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Empty,
    Short,
    Long,
    Control,
    Invisible,
    Accents,
    Letters,
    Reserved,
}

impl Rule {
    /// Every rule, in the order of the page.
    pub const ALL: [Self; 8] = [
        Self::Empty,
        Self::Short,
        Self::Long,
        Self::Control,
        Self::Invisible,
        Self::Accents,
        Self::Letters,
        Self::Reserved,
    ];

    /// Its stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Short => "short",
            Self::Long => "long",
            Self::Control => "control",
            Self::Invisible => "invisible",
            Self::Accents => "accents",
            Self::Letters => "letters",
            Self::Reserved => "reserved",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(to, "it holds nothing that can be seen"),
            Self::Short => write!(to, "it is shorter than {PASSWORD} characters"),
            Self::Long => write!(to, "it is longer than {USERNAME} characters"),
            Self::Control => write!(to, "it holds control characters"),
            Self::Invisible => write!(to, "it holds characters that cannot be seen"),
            Self::Accents => write!(to, "it holds too many accents on one letter"),
            Self::Letters => {
                write!(to, "it may hold letters, digits, “.”, “-” and “_”, and begins with a letter or a digit")
            }
            Self::Reserved => write!(to, "it is reserved"),
        }
    }
}

/// Why a value cannot be used: one of the rules, or what only whoever writes a client meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    Rule(Rule),
    Other(Cow<'static, str>),
}

impl Reason {
    pub(crate) fn rule(&self) -> Option<Rule> {
        match self {
            Self::Rule(rule) => Some(*rule),
            Self::Other(_) => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(rule) => rule.fmt(to),
            Self::Other(words) => words.fmt(to),
        }
    }
}

impl From<Rule> for Reason {
    fn from(rule: Rule) -> Self {
        Self::Rule(rule)
    }
}

impl From<&'static str> for Reason {
    fn from(words: &'static str) -> Self {
        Self::Other(words.into())
    }
}

impl From<String> for Reason {
    fn from(words: String) -> Self {
        Self::Other(words.into())
    }
}
