//! The reference client by itself: what each event does to what is held.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::replica::{Replica, Want};

const ME: &str = "me";
const ROOM: &str = "garden";

fn room(head: u64, count: u64, g: u64) -> Value {
    json!({"id": ROOM, "kind": "public", "name": "garden", "members": 2, "head": head, "count": count, "g": g, "gv": 1})
}

fn mine(read: u64, unread: u64, mentions: u64, (head, count): (u64, u64)) -> Value {
    json!({"room": ROOM, "role": "member", "read": read, "version": 0, "unread": unread, "mentions": mentions,
        "head": head, "count": count, "gv": 1})
}

fn message(seq: u64, gv: u64, author: &str) -> Value {
    json!({"room": ROOM, "seq": seq, "gv": gv, "n": seq, "kind": "text", "author": author, "text": "x", "time": "t"})
}

fn op(g: u64, p: u64, kind: &str, value: Value) -> Value {
    match kind {
        "message" | "room" | "member" | "touched" => {
            json!({"g": g, "p": p, "room": ROOM, "kind": kind, "value": value})
        }
        _ => json!({"g": g, "p": p, "room": null, "scope": "me", "kind": kind, "value": value}),
    }
}

/// A device that holds two messages of a room up to `g` 10, nothing unread; it watches the room or not.
fn device(watches: bool) -> Replica {
    let mut replica = Replica::new(ME);
    let watch = if watches { vec![ROOM] } else { vec![] };
    replica.begin_hello(&json!({"g": 0, "watch": [ROOM]}));
    let mut membership = mine(2, 0, 0, (2, 2));
    membership["room_value"] = room(2, 2, 10);
    let ops = [
        json!({"g": 5, "room": null, "scope": "me", "kind": "membership", "value": membership}),
        json!({"g": 3, "room": ROOM, "kind": "message", "value": message(1, 3, "bo")}),
        json!({"g": 4, "room": ROOM, "kind": "message", "value": message(2, 4, "bo")}),
    ];
    replica.hear("chunk", json!({"ops": ops, "reset": true}));
    replica.hear("done", json!({"epoch": "e", "g": 10}));
    let watch: Vec<String> = watch.iter().map(|room| room.to_string()).collect();
    replica.begin_watch(&watch);
    replica.watching(&watch);
    assert_eq!(replica.faults, Vec::<String>::new());
    replica
}

fn counts(replica: &Replica) -> (u64, u64) {
    let mine = &replica.memberships[ROOM];
    (mine["unread"].as_u64().unwrap_or(u64::MAX), mine["mentions"].as_u64().unwrap_or(u64::MAX))
}

fn held(replica: &Replica) -> Vec<u64> {
    replica.messages.keys().map(|place| place.1).collect()
}

#[test]
fn ops_that_link_are_applied_and_known_ones_are_dropped() {
    let mut replica = device(true);
    replica.hear("op", op(11, 10, "message", message(3, 11, "bo")));
    assert_eq!((held(&replica), counts(&replica), replica.notes[ROOM].have), (vec![1, 2, 3], (1, 0), 11));
    replica.hear("op", op(11, 10, "message", message(3, 11, "bo")));
    assert_eq!((counts(&replica), replica.faults.len()), ((1, 0), 1));
    replica.hear("op", op(9, 8, "message", message(2, 9, "bo")));
    assert_eq!((counts(&replica), replica.faults.len()), ((1, 0), 1));
}

#[test]
fn a_page_that_was_read_before_an_edit_and_comes_after_it_undoes_nothing() {
    let mut replica = device(true);
    let mut edited = message(2, 11, "bo");
    edited["text"] = json!("edited");
    replica.hear("op", op(11, 10, "message", edited));
    replica.scrolled(ROOM, &json!({"messages": [message(1, 3, "bo"), message(2, 4, "bo")], "more_before": false}));
    assert_eq!(replica.messages[&(ROOM.to_string(), 2)]["text"], "edited");
    assert_eq!(replica.faults, Vec::<String>::new());
}

#[test]
fn a_deletion_that_comes_before_what_it_deletes_is_not_undone_by_it() {
    let mut replica = device(false);
    replica.lenient = true;
    let (mut called, mut gone) = (message(3, 12, "bo"), message(3, 13, "bo"));
    called["all"] = json!(true);
    gone["deleted"] = json!(true);
    for (g, message) in [(13, gone), (12, called)] {
        replica.hear("op", op(g, g - 1, "message", message));
    }
    assert_eq!(counts(&replica), (0, 0));
}

#[test]
fn a_mark_of_unread_that_comes_after_what_i_said_still_counts() {
    let mut replica = device(true);
    replica.lenient = true;
    replica.hear("op", op(12, 10, "message", message(3, 12, ME)));
    let mut back = mine(1, 1, 0, (2, 2));
    back["version"] = json!(1);
    replica.hear("op", op(11, 10, "read", back));
    let mine = &replica.memberships[ROOM];
    assert_eq!((&mine["version"], &mine["read"], counts(&replica)), (&json!(1), &json!(3), (0, 0)));
}

#[test]
fn what_waits_in_a_room_that_leaves_the_screen_waits_no_more() {
    let mut replica = device(true);
    replica.lenient = true;
    replica.hear("op", op(12, 11, "message", message(4, 12, "bo")));
    assert_eq!(replica.wants(), vec![Want::Watch(ROOM.into())]);
    replica.begin_watch(&[]);
    assert_eq!((held(&replica), counts(&replica), replica.wants()), (vec![1, 2], (2, 0), vec![]));
}

#[test]
fn an_op_that_comes_before_its_predecessor_waits_for_it() {
    let mut replica = device(true);
    replica.lenient = true;
    replica.hear("op", op(12, 11, "message", message(4, 12, "bo")));
    assert_eq!((held(&replica), replica.wants()), (vec![1, 2], vec![Want::Watch(ROOM.into())]));
    replica.hear("op", op(11, 10, "message", message(3, 11, "bo")));
    assert_eq!((held(&replica), counts(&replica), replica.wants()), (vec![1, 2, 3, 4], (2, 0), vec![]));
    // In my own chain only another hello helps.
    replica.hear("op", op(20, 15, "read", mine(4, 0, 0, (4, 4))));
    assert_eq!(replica.wants(), vec![Want::Hello]);
    assert_eq!(replica.faults, Vec::<String>::new());
}

#[test]
fn bumps_move_head_and_unread_and_never_back() {
    let mut replica = device(false);
    let bump = |head: u64, g: u64| json!({"room": ROOM, "g": g, "head": head, "count": head, "time": "t"});
    replica.hear("bump", bump(7, 15));
    replica.hear("bump", bump(5, 13));
    replica.hear("bump", bump(7, 15));
    assert_eq!((counts(&replica), replica.notes[ROOM].have, held(&replica)), ((5, 0), 10, vec![1, 2]));
    // A read state says to which count it belongs: the bump that was held back is not counted twice.
    replica.hear("op", op(20, 10, "read", mine(7, 2, 1, (9, 9))));
    assert_eq!(counts(&replica), (2, 1));
    replica.hear("bump", bump(10, 21));
    assert_eq!(counts(&replica), (3, 1));
}

#[test]
fn what_does_not_link_in_a_room_out_of_sight_counts_and_is_not_held() {
    let mut replica = device(false);
    let mut named = message(5, 14, "bo");
    named["mentions"] = json!([ME]);
    for _ in 0..2 {
        replica.hear("op", op(14, 13, "message", named.clone()));
    }
    assert_eq!((counts(&replica), held(&replica), replica.wants()), ((3, 1), vec![1, 2], vec![]));
    let mut gone = message(4, 15, "bo");
    gone["deleted"] = json!(true);
    for _ in 0..2 {
        replica.hear("op", op(15, 14, "message", gone.clone()));
    }
    assert_eq!((counts(&replica), replica.notes[ROOM].have), ((2, 1), 10));
    // It is edited, and names me no longer.
    replica.hear("op", op(16, 15, "message", message(5, 16, "bo")));
    assert_eq!((counts(&replica), replica.faults.len()), ((2, 0), 0));
}

#[test]
fn saying_something_elsewhere_reads_what_was_there() {
    let mut replica = device(false);
    replica.hear("bump", json!({"room": ROOM, "g": 13, "head": 5, "count": 5, "time": "t"}));
    replica.hear("op", op(14, 13, "message", message(6, 14, ME)));
    assert_eq!((counts(&replica), &replica.memberships[ROOM]["read"]), ((0, 0), &json!(6)));
    replica.hear("bump", json!({"room": ROOM, "g": 15, "head": 7, "count": 7, "time": "t"}));
    assert_eq!(counts(&replica), (1, 0));
}

#[test]
fn mentions_that_cannot_be_known_are_asked_for() {
    let mut replica = device(false);
    replica.hear("op", op(12, 10, "read", mine(2, 5, 1, (7, 7))));
    let mut gone = message(6, 20, "bo");
    gone["deleted"] = json!(true);
    replica.hear("op", op(20, 19, "message", gone));
    assert_eq!((counts(&replica).0, replica.wants()), (4, vec![Want::Counts(ROOM.into())]));
    let mut answer = room(7, 7, 20);
    answer["me"] = mine(2, 4, 0, (7, 7));
    replica.counts_are(answer);
    assert_eq!((counts(&replica), replica.wants()), ((4, 0), vec![]));
}

#[test]
fn a_room_that_comes_on_the_screen_is_caught_up_with() {
    let mut replica = device(false);
    replica.hear("bump", json!({"room": ROOM, "g": 13, "head": 3, "count": 3, "time": "t"}));
    replica.begin_watch(&[ROOM.to_string()]);
    let ops = [
        json!({"g": 13, "room": ROOM, "kind": "room", "value": room(3, 3, 13)}),
        json!({"g": 13, "room": ROOM, "kind": "message", "value": message(3, 13, "bo")}),
        json!({"g": 13, "room": null, "scope": "me", "kind": "read", "value": mine(2, 1, 0, (3, 3))}),
    ];
    replica.hear("chunk", json!({"ops": ops}));
    replica.hear("caught", json!({"room": ROOM, "g": 14}));
    replica.hear("op", op(15, 13, "message", message(4, 15, "bo")));
    replica.watching(&[ROOM.to_string()]);
    replica.hear("op", op(16, 15, "message", message(5, 16, "bo")));
    assert_eq!((held(&replica), counts(&replica)), (vec![1, 2, 3, 4, 5], (3, 0)));
    assert_eq!(replica.faults, Vec::<String>::new());
}

#[test]
fn a_gap_leaves_the_tail_and_moves_no_counts() {
    let mut replica = device(true);
    replica.begin_hello(&json!({"epoch": "e", "g": 10, "watch": [ROOM], "held": {"garden": 10}}));
    let ops = [
        json!({"g": 900, "room": ROOM, "kind": "room", "value": room(400, 400, 900)}),
        json!({"g": 900, "room": null, "scope": "me", "kind": "read", "value": mine(2, 398, 0, (400, 400))}),
    ];
    replica.hear("chunk", json!({"ops": ops}));
    let tail = [message(399, 899, "bo"), message(400, 900, "bo")];
    replica.hear("gap", json!({"room": ROOM, "from": 10, "to": 900, "tail": tail}));
    replica.hear("done", json!({"epoch": "e", "g": 900}));
    assert_eq!((held(&replica), counts(&replica), replica.notes[ROOM].since), (vec![399, 400], (398, 0), 399));
    replica.hear("op", op(901, 900, "message", message(400, 901, "bo")));
    assert_eq!((replica.messages.len(), replica.faults.len()), (2, 0));
    // An old message that is not held stays so.
    replica.hear("op", op(902, 901, "message", message(7, 902, "bo")));
    assert_eq!(held(&replica), vec![399, 400]);
}

#[test]
fn whoever_is_put_out_holds_nothing_more() {
    let mut replica = device(true);
    replica.hear("op", op(11, 10, "membership", json!({"room": ROOM, "gone": true})));
    assert!(!replica.holds_something_of(ROOM));
    replica.hear("op", op(12, 11, "message", message(3, 12, "bo")));
    assert_eq!((replica.holds_something_of(ROOM), replica.faults.len()), (false, 1));
}

#[test]
fn a_message_that_was_touched_is_fetched() {
    let mut replica = device(true);
    replica.hear("op", op(11, 10, "touched", json!({"room": ROOM, "seq": 2, "gv": 11})));
    assert_eq!(replica.wants(), vec![Want::Fetch(ROOM.into(), 2)]);
    replica.fetched(ROOM, 2, Some(message(2, 11, "bo")));
    assert_eq!((&replica.messages[&(ROOM.to_string(), 2)]["gv"], replica.wants()), (&json!(11), vec![]));
}

#[test]
fn a_block_that_differs_is_found_and_repaired() {
    let mut replica = device(true);
    let right = replica.block_digest(ROOM, 0);
    replica.messages.insert((ROOM.into(), 2), message(2, 3, "somebody else"));
    replica.begin_hello(&json!({"epoch": "e", "g": 10, "watch": [ROOM], "held": {"garden": 10}}));
    replica.hear("done", json!({"epoch": "e", "g": 10, "digests": {ROOM: {"0": right}}}));
    assert_eq!((replica.wants(), replica.faults.len()), (vec![Want::Check], 1));
    let messages = [message(1, 3, "bo"), message(2, 4, "bo")];
    replica.repair(
        json!({"different": [{"room": ROOM, "block": 0, "digest": right, "messages": messages}]}),
        &BTreeMap::from([(ROOM.to_string(), 10)]),
    );
    assert_eq!((replica.block_digest(ROOM, 0), replica.wants()), (right, vec![]));
}
