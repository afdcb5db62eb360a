//! Which migrations are still to run, and which databases are refused.

use super::{Applied, MIGRATIONS, Migration, checksum, pending};
use crate::Error;

const THREE: &[Migration] = &[
    Migration { number: 1, sqlite: "one", postgres: "one" },
    Migration { number: 2, sqlite: "two", postgres: "two" },
    Migration { number: 3, sqlite: "three", postgres: "three" },
];

fn ran(number: u32, text: &str) -> Applied {
    Applied { number, checksum: checksum(text) }
}

fn numbers(applied: &[Applied]) -> Result<Vec<u32>, Error> {
    Ok(pending(THREE, applied, |step| step.sqlite)?.iter().map(|step| step.number).collect())
}

#[test]
fn those_after_the_last_that_ran_are_pending() {
    assert_eq!(numbers(&[]).unwrap(), [1, 2, 3]);
    assert_eq!(numbers(&[ran(1, "one"), ran(2, "two")]).unwrap(), [3]);
    assert!(numbers(&[ran(1, "one"), ran(2, "two"), ran(3, "three")]).unwrap().is_empty());
}

#[test]
fn a_newer_schema_is_refused() {
    let applied = [ran(1, "one"), ran(2, "two"), ran(3, "three"), ran(4, "four")];
    let error = numbers(&applied).unwrap_err();
    assert!(matches!(error, Error::NewerSchema { found: 4, known: 3 }), "{error}");
}

#[test]
fn a_changed_text_is_refused() {
    let error = numbers(&[ran(1, "one"), ran(2, "another two")]).unwrap_err();
    assert!(error.to_string().contains("migration 2"), "{error}");
}

#[test]
fn a_hole_is_refused() {
    let error = numbers(&[ran(1, "one"), ran(3, "three")]).unwrap_err();
    assert!(error.to_string().contains("lacks migration 2"), "{error}");
}

#[test]
fn the_released_steps_are_numbered_without_holes() {
    for (index, step) in MIGRATIONS.iter().enumerate() {
        assert_eq!(step.number as usize, index + 1);
    }
}
