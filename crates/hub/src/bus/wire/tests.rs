//! What is written can be read, and nothing else can.

use super::names::{LONGEST, MOST, Names};
use super::{Garbled, decode, encode};
use crate::bus::{Publication, Reach};
use crate::{Event, Topic};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

fn topic() -> impl Strategy<Value = Topic> {
    prop_oneof!["[ru]:[a-z0-9]{1,12}", "\\PC{0,40}", Just("*".to_owned())].prop_map(Topic::from)
}

fn event() -> impl Strategy<Value = Arc<Event>> {
    let name = prop_oneof![Just("op"), Just("bump"), Just("typing"), Just("")];
    (name, vec(any::<u8>(), 0..200), any::<Option<u64>>())
        .prop_map(|(name, body, stamp)| Arc::new(Event::new(name, body, stamp)))
}

pub(in crate::bus) fn publication() -> impl Strategy<Value = Publication> {
    let reach = prop_oneof![Just(Reach::All), Just(Reach::Watchers), Just(Reach::Bystanders)];
    prop_oneof![
        (topic(), reach, vec(topic(), 0..4), event()).prop_map(|(topic, reach, also, event)| Publication::Event {
            topic,
            reach,
            also,
            event
        }),
        (topic(), event()).prop_map(|(topic, event)| Publication::Latest { topic, event }),
        (topic(), topic()).prop_map(|(user, topic)| Publication::Grant { user, topic }),
        (topic(), vec(topic(), 0..4), any::<u64>()).prop_map(|(user, topics, g)| Publication::Revoke {
            user,
            topics,
            g
        }),
        topic().prop_map(|session| Publication::End { session }),
    ]
}

/// Events are told apart by what they are made of.
fn shown(group: &[Publication]) -> Vec<String> {
    let event = |event: &Event| format!("{} {:?} {:?}", event.name, event.body, event.stamp);
    let shown = group.iter().map(|publication| match publication {
        Publication::Event { topic, reach, also, event: told } => {
            format!("{topic} {reach:?} {also:?} {}", event(told))
        }
        Publication::Latest { topic, event: told } => format!("latest {topic} {}", event(told)),
        other => format!("{other:?}"),
    });
    shown.collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_it_was(group in vec(publication(), 0..20)) {
        let read = decode(encode(&group)).unwrap();
        prop_assert_eq!(shown(&read), shown(&group));
    }

    #[test]
    fn whatever_is_read_ends_in_a_group_or_an_error(bytes in vec(any::<u8>(), 0..300)) {
        prop_assert!(decode(bytes).is_err(), "random bytes are no message");
    }

    #[test]
    fn a_message_that_was_cut_or_changed_does_no_harm(
        group in vec(publication(), 1..6), at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let whole = encode(&group);
        let at = at.index(whole.len());
        prop_assert!(decode(whole[..at].to_vec()).is_err());
        let mut changed = whole.clone();
        changed[at] = byte;
        let _ = decode(changed);
        let mut longer = whole;
        longer.push(byte);
        prop_assert_eq!(decode(longer).unwrap_err(), Garbled::Long);
    }
}

#[test]
fn a_length_that_lies_sets_no_memory_aside() {
    let mut lies = encode(&[]);
    lies.truncate(3);
    lies.extend([0xff, 0xff, 0xff, 0xff, 0x0f]);
    assert_eq!(decode(lies).unwrap_err(), Garbled::Short);
    let mut beyond = encode(&[]);
    beyond.truncate(3);
    beyond.extend([0xff; 10]);
    assert_eq!(decode(beyond).unwrap_err(), Garbled::Number);
}

#[test]
fn names_from_outside_are_few_and_short() {
    let names = Names::default();
    assert_eq!(names.lasting("op"), Ok("op"));
    assert_eq!(names.lasting(&"x".repeat(LONGEST + 1)), Err(Garbled::Names));
    let known = (0..MOST * 2).filter(|n| names.lasting(&format!("name{n}")).is_ok()).count();
    assert_eq!(known, MOST - 1);
    assert_eq!(names.lasting("op"), Ok("op"), "those known stay known");
}
