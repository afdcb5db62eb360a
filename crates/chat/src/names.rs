//! User names: unique without regard to case and look-alikes.

use crate::rule::{self, Rule};
use crate::{Refusal, text};
use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::PrecisFastInvocation;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// What addresses groups of people, or would pass for the house.
const RESERVED: [&str; 9] =
    ["all", "everyone", "here", "channel", "room", "admin", "administrator", "parlour", "system"];

/// A user name that may be registered, with the forms that its uniqueness goes by.
pub(crate) struct Name {
    pub(crate) username: String,
    /// Equal for names that differ in case only (RFC 8265, UsernameCaseMapped).
    pub(crate) key: String,
    /// Equal for names that look alike (UTS 39).
    pub(crate) skeleton: String,
}

/// Checks a name that somebody wants to register.
pub(crate) fn check(username: &str) -> Result<Name, Refusal> {
    let name = form(username)?;
    if RESERVED.iter().any(|reserved| skeleton(reserved).eq(name.skeleton.chars())) {
        return Err(invalid(Rule::Reserved));
    }
    Ok(name)
}

/// A name in its forms, reserved or not.
pub(crate) fn form(username: &str) -> Result<Name, Refusal> {
    let username = username.trim();
    if username.is_empty() {
        return Err(invalid(Rule::Empty));
    }
    if username.chars().count() > rule::USERNAME {
        return Err(invalid(Rule::Long));
    }
    if text::has_too_many_marks(username) {
        return Err(invalid(Rule::Accents));
    }
    if !username.chars().all(is_name_letter) || !username.starts_with(char::is_alphanumeric) {
        return Err(invalid(Rule::Letters));
    }
    let key = key(username).ok_or(invalid(Rule::Letters))?;
    let skeleton = skeleton(&key).collect();
    Ok(Name { username: username.to_owned(), key, skeleton })
}

/// What a name is found by; none where it cannot be anybody's.
pub(crate) fn key(username: &str) -> Option<String> {
    // Folding costs time, and what is longer is nobody's name.
    if username.len() > 8 * rule::USERNAME {
        return None;
    }
    UsernameCaseMapped::enforce(username.trim()).ok().map(|key| key.into_owned())
}

/// Whether a name may hold this character.
pub(crate) fn is_name_letter(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_') || is_combining_mark(letter)
}

fn invalid(rule: Rule) -> Refusal {
    Refusal::NameInvalid { rule }
}
