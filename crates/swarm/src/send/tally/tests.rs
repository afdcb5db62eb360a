//! What is lost and what is doubled is found, and nothing else is.

use super::*;

fn key(message: u32) -> Key {
    Key { client: 1, message }
}

/// A client of room 0 that saw messages 10, 11, … in order.
fn saw(seqs: &[u64]) -> Tally {
    let mut tally = Tally::new(0);
    for seq in seqs {
        tally.saw(*seq, key(*seq as u32), false, true);
    }
    tally
}

fn all(members: Vec<Tally>) -> Tally {
    let mut all = Tally::new(0);
    members.into_iter().for_each(|member| all.merge(member));
    all
}

#[test]
fn a_run_in_which_everybody_saw_everything_is_whole() {
    let mut ada = saw(&[10, 11, 12]);
    (10..13).for_each(|seq| ada.acknowledged(seq, key(seq as u32), true));
    assert!(ada.saw_all_up_to(12));
    let all = all(vec![ada, saw(&[10, 11, 12])]);
    assert_eq!((all.unseen(), all.doubled, all.acknowledged_within, all.seen_within), (0, 0, 3, 6));
}

#[test]
fn what_one_client_missed_is_unseen() {
    let mut ada = saw(&[10, 11, 12]);
    (10..13).for_each(|seq| ada.acknowledged(seq, key(seq as u32), true));
    let mut bo = saw(&[10, 12]);
    assert!(!bo.saw_all_up_to(12));
    assert_eq!(all(vec![ada, bo, saw(&[])]).unseen(), 4);
}

#[test]
fn a_message_under_another_number_is_unseen() {
    let mut ada = saw(&[10]);
    ada.acknowledged(10, key(99), true);
    assert_eq!(all(vec![ada]).unseen(), 1);
}

#[test]
fn a_second_delivery_is_doubled_and_so_is_a_second_command_at_one_place() {
    assert_eq!(saw(&[10, 10]).doubled, 1);
    let mut passed = saw(&[10]);
    passed.saw(11, key(11), true, true);
    assert_eq!(passed.doubled, 1);
    let (mut ada, mut bo) = (saw(&[]), saw(&[]));
    ada.acknowledged(10, key(1), true);
    bo.acknowledged(10, key(2), true);
    assert_eq!(all(vec![ada, bo]).doubled, 1);
}

#[test]
fn catching_up_fills_holes_and_doubles_nothing() {
    let mut ada = saw(&[10, 13]);
    ada.caught_up(10, Some(key(10)));
    ada.caught_up(11, Some(key(11)));
    assert!(!ada.saw_all_up_to(13));
    ada.caught_up(12, Some(key(12)));
    assert_eq!(ada.highest(), 13);
    assert!(ada.saw_all_up_to(13));
    assert!(!ada.saw_all_up_to(14));
    (10..14).for_each(|seq| ada.acknowledged(seq, key(seq as u32), true));
    let all = all(vec![ada]);
    assert_eq!((all.unseen(), all.doubled), (0, 0));
}

#[test]
fn texts_name_their_message_and_others_do_not() {
    assert_eq!(Key::parse("3 14 159 xxx"), Some(Key { client: 3, message: 14 }));
    assert_eq!(Key::time("3 14 159 xxx"), Some(Duration::from_micros(159)));
    assert_eq!(Key::parse("hello there"), None);
}

#[test]
fn who_does_not_look_must_be_told_where_the_room_ended_and_no_more() {
    let mut ada = saw(&[10, 11]);
    (10..12).for_each(|seq| ada.acknowledged(seq, key(seq as u32), true));
    let mut away = Tally::away(0);
    away.heard_of(10);
    assert!(!away.is_up_to(11));
    let mut late = Tally::away(0);
    late.heard_of(11);
    assert!(late.is_up_to(11));
    away.close(11);
    late.close(11);
    let all = all(vec![ada, away, late]);
    assert_eq!((all.unseen(), all.behind), (0, 1));
}
