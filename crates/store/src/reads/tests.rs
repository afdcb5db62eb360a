//! Read positions: whatever the order in which two devices' wishes arrive, the end is the same.

use super::{Position, Wish};

fn known(version: u64, seq: u64) -> Wish {
    Wish { seq, version: Some(version) }
}

/// Every order of `wishes`.
fn orders(wishes: &[Wish]) -> Vec<Vec<Wish>> {
    if wishes.is_empty() {
        return vec![vec![]];
    }
    let mut all = Vec::new();
    for at in 0..wishes.len() {
        let mut rest = wishes.to_vec();
        let first = rest.remove(at);
        all.extend(orders(&rest).into_iter().map(|order| [vec![first], order].concat()));
    }
    all
}

#[test]
fn wishes_of_devices_that_know_the_version_end_the_same_in_any_order() {
    let mut number = 1_u64;
    let mut roll = |sides: u64| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (number >> 33) % sides
    };
    for _ in 0..500 {
        let start = Position { version: 3, read: roll(10) };
        // What they knew: the present version, one that is over, or the next one (mark as unread).
        let wishes: Vec<Wish> = (0..5).map(|_| known(2 + roll(3), roll(20))).collect();
        let ends: Vec<Position> =
            orders(&wishes).into_iter().map(|order| order.into_iter().fold(start, Position::after)).collect();
        assert!(ends.iter().all(|end| *end == ends[0]), "{wishes:?} end at {ends:?}");
        assert!(ends[0] >= start);
        // Coming twice changes nothing.
        assert_eq!(wishes.iter().chain(&wishes).copied().fold(start, Position::after), ends[0]);
    }
}

#[test]
fn reading_on_late_does_not_undo_marking_as_unread() {
    let start = Position { version: 0, read: 10 };
    let end = start.after(known(1, 4)).after(known(0, 12));
    assert_eq!(end, Position { version: 1, read: 4 });
    assert_eq!(end.after(known(1, 12)), Position { version: 1, read: 12 });
}

#[test]
fn without_a_version_back_is_back() {
    let start = Position { version: 0, read: 10 };
    let end = start.after(Wish { seq: 12, version: None }).after(Wish { seq: 4, version: None });
    assert_eq!(end, Position { version: 1, read: 4 });
}

#[test]
fn a_version_rises_by_one_at_most() {
    let start = Position { version: 7, read: 10 };
    assert_eq!(start.after(known(u64::MAX, 3)), Position { version: 8, read: 3 });
}
