//! What a node makes of what others say, with losses on the way.

use super::{AGAIN, Do, Nodes, SILENCE, Said, What};
use crate::presence::{Counts, Entry, Told};
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::time::Instant;

fn entry(user: &str, online: i32) -> Entry {
    (user.into(), Counts { online, away: 0 })
}

fn said(number: u64, what: What) -> Said {
    Said { node: "other".into(), number, what }
}

/// What is to be done, in words.
fn todo(nodes: &mut Nodes, said: Said, now: Instant) -> Vec<String> {
    let todo = nodes.hear(said, now).into_iter().map(|task| match task {
        Do::Note(_, Told::Changes(entries)) => format!("changes {}", entries.len()),
        Do::Note(_, Told::All(entries)) => format!("all {}", entries.len()),
        Do::Note(_, Told::Gone) => "gone".to_owned(),
        Do::Ask(_) => "ask".to_owned(),
        Do::Answer => "answer".to_owned(),
    });
    todo.collect()
}

fn table(first: bool, last: bool) -> What {
    What::Table { first, last, entries: vec![entry("ada", 1)] }
}

#[test]
fn a_new_node_is_asked_for_its_table_and_then_believed() {
    let (mut nodes, now) = (Nodes::new("me".into()), Instant::now());
    assert_eq!(todo(&mut nodes, said(7, What::Beat), now), ["ask"]);
    assert_eq!(todo(&mut nodes, said(7, What::Beat), now), [""; 0], "once is enough");
    assert_eq!(todo(&mut nodes, said(8, table(true, false)), now), [""; 0]);
    assert_eq!(todo(&mut nodes, said(9, table(false, true)), now), ["all 2"]);
    assert_eq!(todo(&mut nodes, said(10, What::Changes(vec![entry("bo", 1)])), now), ["changes 1"]);
    assert_eq!(todo(&mut nodes, said(10, What::Beat), now + AGAIN), [""; 0], "nothing was missed");
    assert_eq!(nodes.alive(), ["other".into()]);
}

#[test]
fn what_was_missed_is_asked_for() {
    let (mut nodes, mut now) = (Nodes::new("me".into()), Instant::now());
    todo(&mut nodes, said(1, table(true, true)), now);
    now += AGAIN;
    assert_eq!(todo(&mut nodes, said(3, What::Changes(vec![])), now), ["changes 0", "ask"]);
    assert_eq!(todo(&mut nodes, said(4, table(true, false)), now), [""; 0]);
    now += AGAIN;
    assert_eq!(todo(&mut nodes, said(6, table(false, true)), now), ["ask"], "a table with a hole is none");
    todo(&mut nodes, said(7, table(true, false)), now);
    now += AGAIN;
    assert_eq!(todo(&mut nodes, said(8, What::Beat), now), ["ask"], "its end was lost");
    assert_eq!(todo(&mut nodes, said(9, table(true, true)), now), ["all 1"]);
    now += AGAIN;
    assert_eq!(todo(&mut nodes, said(10, What::Beat), now), ["ask"], "the last thing said was lost");
}

#[test]
fn a_node_that_is_silent_or_leaves_is_gone() {
    let (mut nodes, now) = (Nodes::new("me".into()), Instant::now());
    todo(&mut nodes, said(1, table(true, true)), now);
    assert!(nodes.take_silent(now + SILENCE / 2).is_empty());
    assert_eq!(nodes.take_silent(now + SILENCE), ["other".into()]);
    assert_eq!(todo(&mut nodes, said(1, What::Beat), now), ["ask"], "when it is back it is a stranger");
    assert_eq!(todo(&mut nodes, said(1, What::Bye), now), ["gone"]);
    assert!(nodes.alive().is_empty());
}

#[test]
fn only_who_is_asked_answers() {
    let (mut nodes, now) = (Nodes::new("me".into()), Instant::now());
    todo(&mut nodes, said(1, table(true, true)), now);
    assert_eq!(todo(&mut nodes, said(1, What::Ask(None)), now), ["answer"]);
    assert_eq!(todo(&mut nodes, said(1, What::Ask(Some("me".into()))), now), ["answer"]);
    assert_eq!(todo(&mut nodes, said(1, What::Ask(Some("third".into()))), now), [""; 0]);
    let own = Said { node: "me".into(), number: 9, what: What::Ask(None) };
    assert_eq!(todo(&mut nodes, own, now), [""; 0], "who talks to themselves is not heard");
}

fn what() -> impl Strategy<Value = What> {
    let entries = || vec(("[a-z]{0,8}", 0..i32::MAX).prop_map(|(user, online)| entry(&user, online)), 0..6);
    prop_oneof![
        Just(What::Beat),
        Just(What::Bye),
        entries().prop_map(What::Changes),
        (any::<bool>(), any::<bool>(), entries()).prop_map(|(first, last, entries)| What::Table {
            first,
            last,
            entries
        }),
        proptest::option::of("[a-z0-9]{6}").prop_map(|whom| What::Ask(whom.map(|whom| whom.as_str().into()))),
    ]
}

proptest! {
    #[test]
    fn what_is_said_is_heard_as_it_was(number in 0..u64::MAX, what in what()) {
        let said = said(number, what);
        prop_assert_eq!(Said::decode(said.encode()).unwrap(), said);
    }

    #[test]
    fn garbage_is_an_error(bytes in vec(any::<u8>(), 0..100)) {
        prop_assert!(Said::decode(bytes.into()).is_err());
    }
}
